package view

import (
	"slices"

	"retrycatch/internal/history"
	"retrycatch/internal/look"
	"retrycatch/internal/scenario"
)

// pageVerdict says whether an execution went as its scenario expects.
type pageVerdict struct {
	look.Outcome // whose word is the verdict
	Scenario     string
	Deviations   []string
}

const notAsExpected = "not as expected"

// newPageVerdict checks an execution. A history that lacks events proves nothing.
func newPageVerdict(e history.Execution) pageVerdict {
	run := scenario.Review(e)
	v := pageVerdict{Outcome: look.Of(history.StepAborted), Deviations: sentences(run.Deviations)}
	if run.Scenario == nil {
		v.Sign, v.Word = "–", "no scenario"
		return v
	}
	v.Scenario = run.Scenario.Name
	switch {
	case run.Outcome == scenario.Running:
		v.Outcome = look.Of(history.StepRunning)
		v.Word = "not yet"
	case len(e.Missing) > 0:
		v.Sign, v.Word, v.Deviations = "?", "not checked, events are missing", nil
	case run.Outcome == scenario.AsExpected:
		v.Outcome = look.Of(history.StepSucceeded)
		v.Word = "as expected"
	default:
		v.Outcome = look.Of(history.StepFailed)
		v.Word = notAsExpected
	}
	return v
}

// pageFilter is a choice of executions in the page.
type pageFilter struct {
	look.Outcome
	Label string
	Count int
}

// filter returns the choices: all executions, each status, and those that were not as expected. It
// enters the numbers of the choices into the sections. Without a choice it returns nil.
func filter(sections []*pageSection) []pageFilter {
	filters := []pageFilter{{Label: "all", Count: len(sections)}}
	add := func(s *pageSection, o look.Outcome, label string) {
		n := slices.IndexFunc(filters, func(f pageFilter) bool { return f.Label == label })
		if n < 0 {
			n = len(filters)
			filters = append(filters, pageFilter{Outcome: o, Label: label})
		}
		filters[n].Count++
		s.Filters = append(s.Filters, n)
	}
	for _, s := range sections {
		add(s, s.Outcome, string(s.Status))
	}
	for _, s := range sections {
		if s.Verdict.Word == notAsExpected {
			add(s, s.Verdict.Outcome, notAsExpected)
		}
	}
	if len(filters) < 3 {
		return nil
	}
	return filters
}
