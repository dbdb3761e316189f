package graph

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/history"
	"retrycatch/internal/look"
)

// machineOf writes a random state machine. The names of its states are numbers, from n on.
func machineOf(r *rand.Rand, n *int, depth int) string {
	first, size := *n, 1+r.IntN(9-depth)
	*n += size
	anyState := func() string { return fmt.Sprintf(`"S%d"`, first+r.IntN(size)) }
	var states []string
	for i := range size {
		onward := `"End": true`
		if r.IntN(4) > 0 {
			onward = `"Next": ` + anyState()
		}
		for range r.IntN(3) {
			onward += fmt.Sprintf(`, "Retry": [{"ErrorEquals": ["R"]}], "Catch": [{"ErrorEquals": ["A"], "Next": %s}, `+
				`{"ErrorEquals": ["B"], "Next": %s}]`, anyState(), anyState())
			break
		}
		state := `"Type": "Task", ` + onward
		switch kind := r.IntN(10); {
		case kind == 0:
			state = `"Type": "Fail"`
		case kind == 1:
			state = `"Type": "Succeed"`
		case kind == 2 || kind == 3:
			state = fmt.Sprintf(`"Type": "Choice", "Default": %s, "Choices": [{"Condition": "{%% $a %%}", "Next": %s}, `+
				`{"Condition": "{%% $b %%}", "Next": %s}]`, anyState(), anyState(), anyState())
		case kind == 4 && depth < 4:
			state = `"Type": "Map", "ItemProcessor": ` + machineOf(r, n, depth+1) + `, ` + onward
		case kind == 5 && depth < 4:
			first, second := machineOf(r, n, depth+1), machineOf(r, n, depth+1)
			state = `"Type": "Parallel", "Branches": [` + first + `, ` + second + `], ` + onward
		}
		states = append(states, fmt.Sprintf(`"S%d": {%s}`, first+i, state))
	}
	r.Shuffle(size, func(i, j int) { states[i], states[j] = states[j], states[i] })
	return fmt.Sprintf(`{"StartAt": %s, "States": {%s}}`, anyState(), strings.Join(states, ", "))
}

// edges lists the transitions of a graph.
func edges(g *Graph) []string {
	var list []string
	var add func(m *Machine)
	add = func(m *Machine) {
		for _, t := range m.Transitions {
			from, to := "Start", "End"
			if t.From != nil {
				from = t.From.Name
			}
			if t.To != nil {
				to = t.To.Name
			}
			if from != "Start" || m.parent == nil {
				list = append(list, fmt.Sprint(from, " to ", to, " ", t.Kind == Catch))
			}
		}
		for _, s := range m.States {
			for _, inner := range s.Inner {
				add(inner)
			}
		}
	}
	add(&g.Machine)
	slices.Sort(list)
	return list
}

var (
	stateLine = regexp.MustCompile(`^. (S\d+)  \(`)
	exitLine  = regexp.MustCompile(`^([→↷↓↑]) (?:back to )?(S\d+|End|done)(?:, above)?(?:  .*)?$`)
)

// reader holds the content of a drawing.
type reader struct {
	edges  []string
	states map[string]int
	at     map[int]string // the last state in a column
	along  map[string]string
	barred map[string]bool // states with a connector beside their lines
	joined map[string]bool // states with a connector to the next line
	faults []string
}

func read(lines []Line) *reader {
	r := &reader{states: map[string]int{}, at: map[int]string{}, along: map[string]string{},
		barred: map[string]bool{}, joined: map[string]bool{}}
	for i, line := range lines {
		text := Line{Text: line.Text}.String()
		column := len([]rune(line.Margin))
		for c, sign := range []rune(line.Margin) {
			if strings.ContainsRune(connector+connectorTaken, sign) {
				r.barred[r.at[c]] = true
			}
		}
		switch state, exit := stateLine.FindStringSubmatch(text), exitLine.FindStringSubmatch(text); {
		case text == connector || strings.HasPrefix(text, connectorTaken) && !strings.Contains(text, "not taken"):
			r.connect(r.at[column], Line{Text: lines[i+1].Text}.String())
		case strings.HasPrefix(text, "○ Start"):
			r.at[column] = "Start"
		case state != nil:
			r.states[state[1]]++
			r.at[column] = state[1]
		case exit != nil && exit[1] == "↓":
			r.along[r.at[column-4]] = exit[2]
		case exit != nil:
			to := strings.Replace(exit[2], "done", "End", 1)
			r.edges = append(r.edges, fmt.Sprint(r.at[column-4], " to ", to, " ", exit[1] == "↷"))
		}
	}
	for s := range r.barred {
		if !r.joined[s] {
			r.faults = append(r.faults, "a line below "+s+" leads nowhere")
		}
	}
	slices.Sort(r.edges)
	return r
}

func (r *reader) connect(from, next string) {
	to := "End"
	if state := stateLine.FindStringSubmatch(next); state != nil {
		to = state[1]
	} else if next != "○ End" {
		r.faults = append(r.faults, "a line leads from "+from+" to "+next)
	}
	if along := r.along[from]; along != "" && along != to {
		r.faults = append(r.faults, "a line leads from "+from+" to "+to+" and not to "+along)
	}
	r.joined[from] = true
	r.edges = append(r.edges, from+" to "+to+" false")
}

// TestLines checks random definitions: each state and each transition is drawn once, and no line
// joins states without a transition.
func TestLines(t *testing.T) {
	t.Parallel()
	for seed := range uint64(150) {
		r, n := rand.New(rand.NewPCG(seed, 0)), 0
		definition := machineOf(r, &n, 0)
		g := parse(t, definition)
		want := edges(g)
		var steps []history.Step
		g.each(func(s *State) {
			all := look.All()
			steps = append(steps, step(s.Name, len(steps)-1, 1, history.StepStatus(all[r.IntN(len(all))].ID)))
		})
		for _, trace := range []*Trace{g.Plain(), g.Trace(steps)} {
			got := read(trace.Lines())
			diff := cmp.Diff(want, got.edges)
			for s, count := range got.states {
				if count != 1 {
					diff += fmt.Sprintf("\n%s is drawn %d times", s, count)
				}
			}
			if diff != "" || len(got.states) != n || len(got.faults) > 0 {
				t.Fatalf("seed %d: got %d states of %d and the faults %v; transitions (-want +got):\n%s\n%s\n%s",
					seed, len(got.states), n, got.faults, diff, definition, textOf(trace))
			}
		}
		if textOf(parse(t, definition).Plain()) != textOf(g.Plain()) {
			t.Fatalf("seed %d: the second drawing differs", seed)
		}
	}
}

// TestReader checks that the reader of TestLines sees a line between states without a transition.
func TestReader(t *testing.T) {
	t.Parallel()
	line := func(margin, text string) Line { return Line{Margin: margin, Text: []Part{{Text: text}}} }
	got := read([]Line{
		line("", "□ S1  (Pass)"),
		line("│   ", "→ S3"),
		line("", ""),
		line("", "□ S2  (Pass)"),
		line("", "│"),
		line("", "→ From S1:"),
	})
	want := []string{"a line leads from S2 to → From S1:", "a line below S1 leads nowhere"}
	if diff := cmp.Diff(want, got.faults); diff != "" {
		t.Errorf("the faults differ (-want +got):\n%s", diff)
	}
}
