// Package load runs many executions, a limited number at a time, and counts their results.
package load

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"retrycatch/internal/problem"
	"retrycatch/internal/scenario"
)

// Share is a scenario with its weight in a mix.
type Share struct {
	Scenario scenario.Scenario
	Weight   int
}

// ParseMix parses a mix of the form NAME=WEIGHT,NAME=WEIGHT. The error joins a *problem.Problem for
// each mistake.
func ParseMix(text string) ([]Share, error) {
	var mix []Share
	var problems []error
	known := scenario.All()
	var names []string
	for _, s := range known {
		names = append(names, s.Name)
	}
	addProblem := func(format string, values ...any) {
		what := fmt.Sprintf(format, values...)
		if slices.ContainsFunc(problems, func(err error) bool { return err.Error() == what }) {
			return
		}
		problems = append(problems, &problem.Problem{What: what,
			Next: "list each scenario at most once, with a weight, for example --mix 200=70,429=20; the scenarios " +
				"are " + strings.Join(names, ", ")})
	}
	if strings.Trim(text, ", ") == "" {
		addProblem("--mix contains no scenario")
		return nil, errors.Join(problems...)
	}
	for part := range strings.SplitSeq(text, ",") {
		name, number, _ := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		// A weight has at most 32 bits, so that weight*count does not overflow in apportion.
		weight, err := strconv.ParseInt(strings.TrimSpace(number), 10, 32)
		i := slices.Index(names, name)
		switch {
		case i < 0:
			addProblem("--mix contains the scenario %q, which does not exist", name)
		case slices.ContainsFunc(mix, func(s Share) bool { return s.Scenario.Name == name }):
			addProblem("--mix contains the scenario %s twice", name)
		case err != nil || weight < 1:
			addProblem("the weight %q of the scenario %s is not a positive whole number", number, name)
		default:
			mix = append(mix, Share{known[i], int(weight)})
		}
	}
	return mix, errors.Join(problems...)
}

// Draw returns one scenario for each execution. The parameter "count" is the number of executions.
// The result is not random: the number of executions of a scenario follows from its weight. The
// scenarios alternate, so that every part of the list has nearly the same mix.
func Draw(mix []Share, count int) []scenario.Scenario {
	numbers := apportion(mix, count)
	// In each turn, every scenario's credit grows by the number of its executions. The scenario
	// with the most credit is drawn. Its credit drops by the number of all executions.
	credit := make([]int, len(mix))
	drawn := make([]scenario.Scenario, count)
	for turn := range drawn {
		most := 0
		for i := range mix {
			credit[i] += numbers[i]
			if credit[i] > credit[most] {
				most = i
			}
		}
		credit[most] -= count
		drawn[turn] = mix[most].Scenario
	}
	return drawn
}

// apportion returns the number of executions for each share. It divides the executions in
// proportion to the weights, and rounds down. The remaining executions go to the shares with the
// largest remainders. If remainders are equal, the share that comes first in the mix has priority.
func apportion(mix []Share, count int) []int {
	sum := 0
	for _, share := range mix {
		sum += share.Weight
	}
	numbers, order, remaining := make([]int, len(mix)), make([]int, len(mix)), count
	for i, share := range mix {
		numbers[i], order[i] = share.Weight*count/sum, i
		remaining -= numbers[i]
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(mix[b].Weight*count%sum, mix[a].Weight*count%sum)
	})
	for _, i := range order[:remaining] {
		numbers[i]++
	}
	return numbers
}
