package cli

import (
	"slices"
	"strings"
)

// maxSimilar limits how many names are suggested for a wrong name.
const maxSimilar = 3

// similarNames returns the names similar to a wrong name, most similar first. Names that begin with
// the wrong name come first. Then come names that are a few edits away from the wrong name, or that
// begin with a text at most one edit away from it. Equally similar names keep their order.
func similarNames(wrong string, names []string) []string {
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
			c.distance = nameDistance(letters, []rune(lower))
		}
		if c.distance <= maxDistance(len(letters)) && !slices.Contains(candidates, c) {
			candidates = append(candidates, c)
		}
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int { return a.distance - b.distance })
	var nearest []string
	for _, c := range candidates[:min(maxSimilar, len(candidates))] {
		nearest = append(nearest, c.name)
	}
	return nearest
}

// maxDistance returns the largest edit distance at which a name is still similar to a wrong name.
// It is 1 for up to 5 letters, 2 for up to 11, and a quarter of the letters of a longer name.
func maxDistance(letters int) int { return max(1, min(letters/3, max(2, letters/4))) }

// minPrefix is the minimum length of a wrong name that is compared with the beginnings of names. A
// shorter name would match too many names.
const minPrefix = 3

// nameDistance returns the edit distance between a wrong and a right name. If the wrong name has at
// least minPrefix letters, and is at most one edit away from a prefix of the right name,
// nameDistance returns 1 instead.
func nameDistance(wrong, name []rune) int {
	distances := distances(wrong, name)
	if len(wrong) >= minPrefix && slices.Min(distances) <= 1 {
		return 1
	}
	return distances[len(name)]
}

// distances returns the edit distance between a and each prefix of b, shortest prefix first. An
// edit inserts, deletes or replaces a letter, or swaps two adjacent letters.
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
