package history

import "strings"

// pricePerMillion is the price of a million state transitions in us-east-1, in USD:
// https://aws.amazon.com/step-functions/pricing/
const pricePerMillion = 25

// Transitions returns the number of billed state transitions: one per entered state, plus one per
// retry:
// https://aws.amazon.com/step-functions/pricing/
func (e Execution) Transitions() int {
	n := 0
	for _, step := range e.Steps {
		n += max(len(step.Attempts), 1)
	}
	return n
}

// Express reports whether the execution is EXPRESS. AWS bills EXPRESS executions by duration and
// memory, not by state transitions.
func (e Execution) Express() bool { return strings.Contains(e.ARN, ":express:") }

// Attempts returns the total number of attempts.
func (e Execution) Attempts() int {
	n := 0
	for _, step := range e.Steps {
		n += len(step.Attempts)
	}
	return n
}

// Cost returns the price of state transitions in USD, ignoring the free tier.
func Cost(transitions int) float64 { return float64(transitions) * pricePerMillion / 1_000_000 }
