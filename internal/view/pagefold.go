package view

import (
	"fmt"
	"strings"

	"retrycatch/internal/look"
)

// foldFrom is the number of steps in a row inside Parallel and Map states from which they are folded.
const foldFrom = 20

// pagePart is a row of steps, folded into one line if Fold is not empty.
type pagePart struct {
	Fold  string
	Steps []pageStep
}

// Parts returns the steps in order. It folds those of a Map with many items.
func (s *pageSection) Parts() []pagePart {
	var parts []pagePart
	for start := 0; start < len(s.Steps); {
		end := start + 1
		for end < len(s.Steps) && (s.Steps[end].Depth > 0) == (s.Steps[start].Depth > 0) {
			end++
		}
		part := pagePart{Steps: s.Steps[start:end]}
		if s.Steps[start].Depth > 0 && end-start >= foldFrom {
			part.Fold = tally(part.Steps)
		}
		parts, start = append(parts, part), end
	}
	return parts
}

// tally counts steps by their outcomes.
func tally(steps []pageStep) string {
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
