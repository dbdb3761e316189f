package history

import "strings"

// priceOfMillion is what a million state transitions cost in us-east-1, in USD: https://aws.amazon.com/step-functions/pricing/
const priceOfMillion = 25

// Transitions is how many state transitions are paid for: one for each state entered, and one for each retry in it, as
// https://aws.amazon.com/step-functions/pricing/ counts them.
func (e Execution) Transitions() int {
	n := 0
	for _, step := range e.Steps {
		n += max(len(step.Attempts), 1)
	}
	return n
}

// Express reports whether the ARN is of an EXPRESS execution. Its price depends on its duration and
// memory instead of its state transitions.
func (e Execution) Express() bool { return strings.Contains(e.ARN, ":express:") }

// Attempts is how many attempts there were in all states.
func (e Execution) Attempts() int {
	n := 0
	for _, step := range e.Steps {
		n += len(step.Attempts)
	}
	return n
}

// Cost is the price of state transitions, in USD, without the free ones.
func Cost(transitions int) float64 { return float64(transitions) * priceOfMillion / 1_000_000 }
