package scenario

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"retrycatch/internal/history"
)

// Kind names the property in which an execution differs from its scenario.
type Kind string

// The kinds, in the order in which Check compares them.
const (
	Status   Kind = "status"
	Output   Kind = "output"
	Error    Kind = "error"
	Path     Kind = "path"     // names of the states, in order of entry
	Attempts Kind = "attempts" // results of the attempts in one visit to a state
)

// Deviation is a difference between an execution and its scenario.
type Deviation struct {
	Kind  Kind
	State string // for the kind Attempts, the state of the attempts; otherwise empty
	// Expected and Got hold a list for the kinds Path and Attempts. For other kinds, they hold at
	// most one value.
	Expected, Got []string
}

// String returns a sentence, such as "the status is FAILED, expected SUCCEEDED".
func (d Deviation) String() string {
	got := "the " + string(d.Kind) + " is " + d.join(d.Got)
	switch {
	case d.Kind == Attempts:
		got = "the attempts in " + d.State + " are " + d.join(d.Got)
	case len(d.Got) == 0 && d.Kind == Path:
		got = "the path is empty"
	case len(d.Got) == 0:
		got = "there is no " + string(d.Kind)
	}
	return got + ", expected " + d.join(d.Expected)
}

func (d Deviation) join(parts []string) string {
	switch {
	case d.Kind == Attempts:
		return "[" + strings.Join(parts, ", ") + "]"
	case len(parts) == 0:
		return "none"
	case d.Kind == Error:
		return strconv.Quote(parts[0])
	case d.Kind == Output && !gjson.Valid(parts[0]):
		return "the text " + strconv.Quote(parts[0])
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

// comparePaths returns at most two deviations: one between the paths, and the first one between
// attempts. It compares attempts only in the states before the point where the paths diverge.
func comparePaths(want, got []Visit) []Deviation {
	var deviations []Deviation
	common := 0
	for common < min(len(want), len(got)) && want[common].State == got[common].State {
		common++
	}
	if common < max(len(want), len(got)) {
		deviations = append(deviations, Deviation{Kind: Path, Expected: stateNames(want), Got: stateNames(got)})
	}
	for i := range common {
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
