package picture

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"retrycatch/internal/history"
)

// chain returns the links from the start through all states in order.
func chain(states int) []link {
	var links []link
	for n := range states {
		links = append(links, link{from: n, to: n + 1})
	}
	return links
}

// addHandler adds a link from each state of a chain to a handler.
func addHandler(links []link, handler int) []link {
	states := len(links)
	for n := 1; n <= states; n++ {
		links = append(links, link{from: n, to: handler})
	}
	return links
}

// addLinks adds a link to the node "to" from each of the nodes first, …, last.
func addLinks(links []link, first, last, to int) []link {
	for n := first; n <= last; n++ {
		links = append(links, link{from: n, to: to})
	}
	return links
}

// completeLinks links each state to every other state.
func completeLinks(states int) []link {
	links := []link{{from: 0, to: 1}}
	for from := 1; from <= states; from++ {
		for to := 1; to <= states; to++ {
			if from != to {
				links = append(links, link{from: from, to: to})
			}
		}
	}
	return links
}

func TestChooseStubs(t *testing.T) {
	t.Parallel()
	loops := append(chain(40), link{from: 40, to: 40}, link{from: 7, to: 7})
	tests := map[string]struct {
		nodes int
		links []link
		all   int      // nodes of the whole definition; 0 if it has no other nodes
		stubs []string // the last stubs, as "from-to"
		count int      // number of stubs
	}{
		"a chain":                         {41, chain(40), 0, nil, 0},
		"12 states, all linked":           {13, completeLinks(12), 0, nil, 0},
		"12 states and a handler":         {14, addHandler(chain(12), 13), 0, nil, 0},
		"five long arrows to a handler":   {16, addLinks(chain(14), 3, 9, 15), 0, nil, 0},
		"six long arrows to a handler":    {16, addLinks(chain(14), 2, 9, 15), 0, []string{"6-15", "7-15"}, 6},
		"13 states and a handler":         {15, addHandler(chain(13), 14), 0, []string{"10-14", "11-14"}, 11},
		"12 states in a large definition": {13, completeLinks(12), 130, []string{"12-8", "12-9"}, 90},
		"40 states and a handler":         {42, addHandler(chain(40), 41), 0, []string{"37-41", "38-41"}, 38},
		"40 states back to the first":     {41, addHandler(chain(40), 1), 0, []string{"39-1", "40-1"}, 37},
		"loops":                           {41, loops, 0, nil, 0},
		"a loop at a node with a stub": {
			42,
			append(addHandler(chain(40), 41), link{from: 3, to: 3}),
			0,
			[]string{"38-41", "3-3"},
			39,
		},
		"fan-out and fan-in":   {102, fanLinks(100), 0, nil, 0},
		"an unreachable state": {42, append(chain(40), link{from: 41, to: 3}), 0, nil, 0},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chooseStubs(tc.nodes, tc.links, rowLimit(tc.nodes, max(tc.nodes, tc.all)))
			var got []string
			for _, l := range tc.links {
				if l.stub {
					got = append(got, fmt.Sprintf("%d-%d", l.from, l.to))
				}
			}
			if len(got) != tc.count || !slices.Equal(got[max(0, len(got)-len(tc.stubs)):], tc.stubs) {
				t.Errorf("got %d stubs %v, want %d, ending with %v", len(got), got, tc.count, tc.stubs)
			}
		})
	}
}

// fanLinks links the first state to all other states, and these to the end.
func fanLinks(states int) []link {
	links := []link{{from: 0, to: 1}}
	for n := 2; n <= states; n++ {
		links = append(links, link{from: 1, to: n})
	}
	for n := 2; n <= states; n++ {
		links = append(links, link{from: n, to: states + 1})
	}
	return links
}

// TestChooseStubsBudget checks that the remaining arrows stay within the budget, and reach every
// node.
func TestChooseStubsBudget(t *testing.T) {
	t.Parallel()
	ownHandlers := chain(200) // each handler leads to the handler of the previous state
	for n := 1; n <= 200; n++ {
		ownHandlers = append(ownHandlers, link{from: n, to: 200 + n}, link{from: 200 + n, to: 199 + n})
	}
	var layers []link // 10 states per layer, each linked to all states of the next layer
	for n := range 10 {
		layers = append(layers, link{from: 0, to: n + 1})
	}
	for n := range 490 {
		for next := range 10 {
			layers = append(layers, link{from: n + 1, to: n/10*10 + 11 + next})
		}
	}
	for name, tc := range map[string]struct {
		nodes int
		links []link
	}{
		"layers":                   {501, layers},
		"150 states, all linked":   {151, completeLinks(150)},
		"300 states and a handler": {302, addHandler(chain(300), 301)},
		"one handler per state":    {401, ownHandlers},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chooseStubs(tc.nodes, tc.links, rowBudget)
			reached, crossed := map[int]bool{0: true}, 0
			for _, l := range tc.links {
				if !l.stub {
					reached[l.to] = true
					crossed += l.length
				}
			}
			if len(reached) != tc.nodes {
				t.Errorf("got arrows to %d nodes, want %d", len(reached), tc.nodes)
			}
			if crossed > rowBudget+tc.nodes {
				t.Errorf("got arrows across %d rows, want at most %d", crossed, rowBudget+tc.nodes)
			}
		})
	}
}

// sharedHandler returns a definition with a chain of tasks and a handler for the errors of all
// tasks. Every second task has a second catcher.
func sharedHandler(tasks int) string {
	var texts []string
	for n := range tasks {
		next := fmt.Sprintf(`"Next": "Step %d"`, n+1)
		if n == tasks-1 {
			next = `"End": true`
		}
		again := ""
		if n%2 == 1 {
			again = `, {"ErrorEquals": ["Busy"], "Next": "Step 0"}`
		}
		const task = `"Step %d": {"Type": "Task", %s, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Handler"}%s]}`
		texts = append(texts, fmt.Sprintf(task, n, next, again))
	}
	return `{"StartAt": "Step 0", "States": {` + strings.Join(texts, ",") + `, "Handler": {"Type": "Fail"}}}`
}

func TestStubs(t *testing.T) {
	t.Parallel()
	g := mustParse(t, sharedHandler(30))
	failed := g.Trace([]history.Step{
		{State: "Step 0", Previous: -1, Status: history.StepSucceeded},
		{State: "Step 1", Previous: 0, Status: history.StepCaught},
		{State: "Step 0", Previous: 1, Status: history.StepSucceeded},
		{State: "Step 1", Previous: 2, Status: history.StepCaught},
		{State: "Step 0", Previous: 3, Status: history.StepCaught},
		{State: "Handler", Previous: 4, Status: history.StepFailed},
	})
	root, _ := mustDraw(t, failed)
	got := groupLines(root)
	for _, want := range []string{
		"transition [Step 0 → Handler; catch; States.ALL; taken] edge-catch-taken arrow-catch-taken " +
			"pill-catch-taken: Handler / States.ALL",
		"transition [Step 5 → Handler; catch; States.ALL] edge-catch-not-taken arrow-not-taken pill-not-taken: " +
			"Handler / States.ALL",
		"transition [Step 29 → Handler; catch; States.ALL] edge-catch-not-taken arrow-not-taken:",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("got\n%s\nwant it to contain %s", strings.Join(got, "\n"), want)
		}
	}
	if !slices.ContainsFunc(got, func(part string) bool {
		return strings.HasPrefix(part, "state [Handler; Fail; 30 states lead here: Step 0, Step 1,") &&
			strings.Contains(part, "Step 19 and 10 more;") && strings.Contains(part, "/ 30 states lead here /")
	}) {
		t.Errorf("got\n%s\nwant the sources of the handler", strings.Join(got, "\n"))
	}
}

// completeChoices returns a definition of Choice states. Each state leads to all states.
func completeChoices(states int) string {
	var texts []string
	for from := range states {
		var rules []string
		for to := range states {
			rules = append(rules, fmt.Sprintf(`{"Variable": "$.x", "NumericEquals": %d, "Next": "S%[1]d"}`, to))
		}
		texts = append(texts, fmt.Sprintf(`"S%d": {"Type": "Choice", "Choices": [%s]}`, from, strings.Join(rules, ",")))
	}
	return `{"StartAt": "S0", "States": {` + strings.Join(texts, ",") + `}}`
}

func TestStubList(t *testing.T) {
	t.Parallel()
	g := mustParse(t, completeChoices(40))
	root, text := mustDraw(t, g.Trace([]history.Step{
		{State: "S0", Previous: -1, Status: history.StepSucceeded},
		{State: "S37", Previous: 0, Status: history.StepSucceeded},
		{State: "S38", Previous: 1, Status: history.StepSucceeded},
	}))
	taken := "transition [S0 → S37; choice; $.x = 37; taken] edge-taken arrow-taken pill-taken: S37 / $.x = 37"
	if !slices.Contains(groupLines(root), taken) {
		t.Errorf("got\n%s\nwant it to contain %s", strings.Join(groupLines(root), "\n"), taken)
	}
	listed := 0
	for _, part := range groupLines(root) {
		if strings.HasPrefix(part, "transition [S0 → ") && strings.Contains(part, " pill-") {
			listed++
		}
	}
	if listed != maxShown {
		t.Errorf("got %d stubs of S0, want %d", listed, maxShown)
	}
	if !strings.Contains(text, " more</text>") || !strings.Contains(text, "S0 → 3") {
		t.Error("the picture or its description lacks the number of hidden stubs")
	}
	tooltip := regexp.MustCompile(`<title>S0 → S[^<]*&#xA;S0 → S[^<]* and \d+ more</title>\n<text[^>]*>\d+ more<`)
	if !tooltip.MatchString(text) {
		t.Error("no tooltip lists the hidden stubs")
	}
}

func TestAssignRows(t *testing.T) {
	t.Parallel()
	links := []link{
		{from: 0, to: 1},
		{from: 1, to: 2},
		{from: 1, to: 3},
		{from: 2, to: 3},
		{from: 3, to: 1},
		{from: 3, to: 3},
	}
	assignRows(4, links)
	want := []link{{from: 0, to: 1, length: 1}, {from: 1, to: 2, length: 1}, {from: 1, to: 3, length: 2},
		{from: 2, to: 3, length: 1}, {from: 3, to: 1, length: 2, up: true}, {from: 3, to: 3, up: true}}
	if !slices.Equal(links, want) {
		t.Errorf("got links %+v, want %+v", links, want)
	}
}
