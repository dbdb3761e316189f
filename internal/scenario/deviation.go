package scenario

import (
	"fmt"
	"slices"
	"strings"

	"retrycatch/internal/history"
)

// Kind names the property of an execution that deviates.
type Kind string

// The kinds, in the order of Check's comparisons.
const (
	Status   Kind = "status"
	Output   Kind = "output"
	Error    Kind = "error"
	Path     Kind = "path"     // the states, in order
	Attempts Kind = "attempts" // in one state
)

// Deviation is a difference between an execution and its scenario.
type Deviation struct {
	Kind  Kind
	State string // of the attempts; empty for other kinds
	// Expected and Got hold the states of a path, or the results of the attempts. For other kinds,
	// they hold one value or none.
	Expected, Got []string
}

// String describes the difference in a sentence.
func (d Deviation) String() string {
	subject := "the " + string(d.Kind) + " is"
	if d.Kind == Attempts {
		subject = "the attempts in " + d.State + " are"
	}
	return fmt.Sprintf("%s %s, expected %s", subject, d.join(d.Got), d.join(d.Expected))
}

func (d Deviation) join(parts []string) string {
	switch {
	case d.Kind == Attempts:
		return "[" + strings.Join(parts, ", ") + "]"
	case len(parts) == 0:
		return "none"
	default:
		return strings.Join(parts, " → ")
	}
}

// Check compares an ended execution with the scenario.
func (s Scenario) Check(e history.Execution) []Deviation {
	var deviations []Deviation
	compare := func(kind Kind, want, got string) {
		if got != want {
			deviations = append(deviations, Deviation{Kind: kind, Expected: oneOrNone(want), Got: oneOrNone(got)})
		}
	}
	compare(Status, string(s.Status), string(e.Status))
	compare(Output, s.Output, compactJSON(e.Output))
	compare(Error, s.Error, e.Error)
	return append(deviations, comparePaths(s.Path, visitsOf(e))...)
}

// comparePaths compares the states, and the attempts in the states before the first difference. It
// returns the first difference of each.
func comparePaths(want, got []Visit) []Deviation {
	var deviations []Deviation
	same := 0
	for same < min(len(want), len(got)) && want[same].State == got[same].State {
		same++
	}
	if same < max(len(want), len(got)) {
		deviations = append(deviations, Deviation{Kind: Path, Expected: stateNames(want), Got: stateNames(got)})
	}
	for i := range same {
		d := Deviation{Kind: Attempts, State: want[i].State, Expected: want[i].attempts(), Got: got[i].attempts()}
		if !slices.Equal(d.Expected, d.Got) {
			return append(deviations, d)
		}
	}
	return deviations
}

func oneOrNone(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

func stateNames(path []Visit) []string {
	var states []string
	for _, visit := range path {
		states = append(states, visit.State)
	}
	return states
}

// attempts returns the results of the attempts, in order.
func (v Visit) attempts() []string {
	if v.Succeeds {
		return append(slices.Clip(v.Failed), "succeeded")
	}
	return v.Failed
}
