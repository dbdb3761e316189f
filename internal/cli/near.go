package cli

import (
	"slices"
	"strings"
)

// maxNear is how many names are offered instead of one that is wrong.
const maxNear = 3

// near are the names that somebody may have meant: first those that begin as the wrong one does, then those that differ
// from it in a few letters. Of names as near, those that stand first in the list come first.
func near(wrong string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var candidates []candidate
	wrong = strings.ToLower(wrong)
	for _, name := range names {
		lower := strings.ToLower(name)
		c := candidate{name: name}
		if !strings.HasPrefix(lower, wrong) {
			c.distance = distance([]rune(wrong), []rune(lower))
		}
		if c.distance <= max(2, len(wrong)/4) && !slices.Contains(candidates, c) {
			candidates = append(candidates, c)
		}
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int { return a.distance - b.distance })
	var nearest []string
	for _, c := range candidates[:min(maxNear, len(candidates))] {
		nearest = append(nearest, c.name)
	}
	return nearest
}

// distance is how many letters have to be put in, taken out or replaced to make one text of the other.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
