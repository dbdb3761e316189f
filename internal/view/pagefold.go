package view

import (
	"fmt"
	"strings"

	"retrycatch/internal/look"
)

// minFolded is the minimum length of a series of steps that StepGroups folds.
const minFolded = 20

// pageStepGroup is a series of successive steps.
type pageStepGroup struct {
	FoldTitle string // line that unfolds the steps; empty if they are not folded
	Steps     []pageStep
}

// StepGroups returns the steps in order. It folds long series of steps inside Parallel and Map
// states.
func (s *pageSection) StepGroups() []pageStepGroup {
	var groups []pageStepGroup
	for start := 0; start < len(s.Steps); {
		end := start + 1
		for end < len(s.Steps) && (s.Steps[end].Depth > 0) == (s.Steps[start].Depth > 0) {
			end++
		}
		group := pageStepGroup{Steps: s.Steps[start:end]}
		if s.Steps[start].Depth > 0 && end-start >= minFolded {
			group.FoldTitle = foldTitle(group.Steps)
		}
		groups, start = append(groups, group), end
	}
	return groups
}

// foldTitle returns text such as "20 steps inside: 18 ✓ succeeded, 2 ✗ failed".
func foldTitle(steps []pageStep) string {
	counts := map[string]int{}
	for _, step := range steps {
		counts[step.Outcome.ID]++
	}
	var words []string
	for _, o := range look.All() {
		if n := counts[o.ID]; n > 0 {
			words = append(words, fmt.Sprintf("%d %s %s", n, o.Sign, o.Word))
		}
	}
	return fmt.Sprintf("%s inside: %s", Counted(len(steps), "step"), strings.Join(words, ", "))
}
