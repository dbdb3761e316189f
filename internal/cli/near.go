package cli

import (
	"slices"
	"strings"
)

// maxNear limits the names that are offered instead of a wrong one.
const maxNear = 3

// near lists the names that somebody may have meant: first those that begin with the wrong one, then
// those that differ from it, or from how they begin, in a few letters. Equally near names keep the
// order of the list.
func near(wrong string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var candidates []candidate
	letters := []rune(strings.ToLower(wrong))
	if len(letters) == 0 {
		return nil
	}
	for _, name := range names {
		lower := strings.ToLower(name)
		c := candidate{name: name}
		if !strings.HasPrefix(lower, string(letters)) {
			c.distance = nearness(letters, []rune(lower))
		}
		if c.distance <= farthest(len(letters)) && !slices.Contains(candidates, c) {
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

// farthest limits how many letters of a wrong name may differ from a near one: one of a short name,
// and a quarter of a long one.
func farthest(letters int) int { return max(1, min(letters/3, max(2, letters/4))) }

// leastBeginning is the length of a wrong name that may be the beginning of a right one, but for one
// letter. Fewer letters resemble the beginning of too many.
const leastBeginning = 3

// nearness counts the letters by which a wrong name differs from a right one. It returns 1 if the
// wrong name differs from the right one's beginning in one letter.
func nearness(wrong, name []rune) int {
	distances := distances(wrong, name)
	if len(wrong) >= leastBeginning && slices.Min(distances) <= 1 {
		return 1
	}
	return distances[len(name)]
}

// distances counts the letters to insert, delete, replace or swap with the next one, to turn a text
// into each beginning of the other, the shortest first.
func distances(a, b []rune) []int {
	above, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before := above
		above, row = row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range b {
			replaced := above[j]
			if a[i] != b[j] {
				replaced++
			}
			row[j+1] = min(replaced, row[j]+1, above[j+1]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row
}
