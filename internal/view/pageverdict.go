package view

import (
	"slices"

	"retrycatch/internal/history"
	"retrycatch/internal/look"
	"retrycatch/internal/scenario"
)

// pageVerdict says whether an execution is as its scenario expects.
type pageVerdict struct {
	look.Outcome // Word holds the verdict, such as "as expected"
	Scenario     string
	Deviations   []string
}

const notAsExpected = "not as expected"

// newPageVerdict checks an execution against its scenario. It does not check an execution that is
// running, or whose history lacks events.
func newPageVerdict(e history.Execution) pageVerdict {
	run := scenario.Review(e)
	v := pageVerdict{Outcome: look.OfStep(history.StepAborted), Deviations: deviationSentences(run.Deviations)}
	if run.Scenario == nil {
		v.Sign, v.Word = "–", "no scenario"
		return v
	}
	v.Scenario = run.Scenario.Name
	switch {
	case run.Outcome == scenario.Running:
		v.Outcome = look.OfStep(history.StepRunning)
		v.Word = "pending"
	case len(e.Missing) > 0:
		v.Sign, v.Word, v.Deviations = "?", "not checked: events are missing", nil
	case run.Outcome == scenario.AsExpected:
		v.Outcome = look.OfStep(history.StepSucceeded)
		v.Word = "as expected"
	default:
		v.Outcome = look.OfStep(history.StepFailed)
		v.Word = notAsExpected
	}
	return v
}

// pageFilter selects executions in a page.
type pageFilter struct {
	look.Outcome
	Label string
	Count int
}

// addFilters returns the page's filters: all executions, each status, and executions that are not
// as expected. It adds the filters' indexes to the sections. It returns nil if every filter would
// select all executions.
func addFilters(sections []*pageSection) []pageFilter {
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
