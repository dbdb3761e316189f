package graph

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/history"
	"retrycatch/internal/look"
)

// randomMachine writes a random state machine. It names the states S0, S1 and so on, with numbers
// from *next, and sets *next to the first unused number.
func randomMachine(r *rand.Rand, next *int, depth int) string {
	first, size := *next, 1+r.IntN(9-depth)
	*next += size
	anyState := func() string { return fmt.Sprintf(`"S%d"`, first+r.IntN(size)) }
	var states []string
	for i := range size {
		transitions := `"End": true`
		if r.IntN(4) > 0 {
			transitions = `"Next": ` + anyState()
		}
		if r.IntN(3) > 0 {
			transitions += fmt.Sprintf(`, "Retry": [{"ErrorEquals": ["R"]}], "Catch": [{"ErrorEquals": ["A"], "Next": %s}, `+
				`{"ErrorEquals": ["B"], "Next": %s}]`, anyState(), anyState())
		}
		state := `"Type": "Task", ` + transitions
		switch kind := r.IntN(10); {
		case kind == 0:
			state = `"Type": "Fail"`
		case kind == 1:
			state = `"Type": "Succeed"`
		case kind == 2 || kind == 3:
			state = fmt.Sprintf(`"Type": "Choice", "Default": %s, "Choices": [{"Condition": "{%% $a %%}", "Next": %s}, `+
				`{"Condition": "{%% $b %%}", "Next": %s}]`, anyState(), anyState(), anyState())
		case kind == 4 && depth < 4:
			state = `"Type": "Map", "ItemProcessor": ` + randomMachine(r, next, depth+1) + `, ` + transitions
		case kind == 5 && depth < 4:
			first, second := randomMachine(r, next, depth+1), randomMachine(r, next, depth+1)
			state = `"Type": "Parallel", "Branches": [` + first + `, ` + second + `], ` + transitions
		}
		states = append(states, fmt.Sprintf(`"S%d": {%s}`, first+i, state))
	}
	r.Shuffle(size, func(i, j int) { states[i], states[j] = states[j], states[i] })
	return fmt.Sprintf(`{"StartAt": %s, "States": {%s}}`, anyState(), strings.Join(states, ", "))
}

// transitionLines describes the transitions of a graph, without the starts of inner machines.
func transitionLines(g *Graph) []string {
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

// drawing holds the states and transitions that readDrawing finds in the drawn lines.
type drawing struct {
	transitions  []string
	states       map[string]int    // how often each state is drawn
	lastState    map[int]string    // the last state, by column
	nextState    map[string]string // the target after the ↓ of each state
	hasSideLine  map[string]bool   // states whose vertical line continues in the margin of the lines below them
	hasConnector map[string]bool   // states with a connector to the next line
	problems     []string
}

func readDrawing(lines []Line) *drawing {
	r := &drawing{states: map[string]int{}, lastState: map[int]string{}, nextState: map[string]string{},
		hasSideLine: map[string]bool{}, hasConnector: map[string]bool{}}
	for i, line := range lines {
		text := Line{Text: line.Text}.String()
		column := len([]rune(line.Margin))
		for c, sign := range []rune(line.Margin) {
			if strings.ContainsRune(connector+connectorTaken, sign) {
				r.hasSideLine[r.lastState[c]] = true
			}
		}
		switch state, exit := stateLine.FindStringSubmatch(text), exitLine.FindStringSubmatch(text); {
		case text == connector || strings.HasPrefix(text, connectorTaken) && !strings.Contains(text, "not taken"):
			r.connect(r.lastState[column], Line{Text: lines[i+1].Text}.String())
		case strings.HasPrefix(text, "○ Start"):
			r.lastState[column] = "Start"
		case state != nil:
			r.states[state[1]]++
			r.lastState[column] = state[1]
		case exit != nil && exit[1] == "↓":
			r.nextState[r.lastState[column-4]] = exit[2]
		case exit != nil:
			to := strings.Replace(exit[2], "done", "End", 1)
			r.transitions = append(r.transitions, fmt.Sprint(r.lastState[column-4], " to ", to, " ", exit[1] == "↷"))
		}
	}
	for s := range r.hasSideLine {
		if !r.hasConnector[s] {
			r.problems = append(r.problems, "a line below "+s+" ends without a state")
		}
	}
	slices.Sort(r.transitions)
	return r
}

func (r *drawing) connect(from, next string) {
	to := "End"
	if state := stateLine.FindStringSubmatch(next); state != nil {
		to = state[1]
	} else if next != "○ End" {
		r.problems = append(r.problems, "a line leads from "+from+" to the text "+strconv.Quote(next))
	}
	if want := r.nextState[from]; want != "" && want != to {
		r.problems = append(r.problems, "a line leads from "+from+" to "+to+", want "+want)
	}
	r.hasConnector[from] = true
	r.transitions = append(r.transitions, from+" to "+to+" false")
}

// TestLines draws random definitions. Each drawing must contain each state and each transition
// once, and no other connections.
func TestLines(t *testing.T) {
	t.Parallel()
	for seed := range uint64(150) {
		r, n := rand.New(rand.NewPCG(seed, 0)), 0
		definition := randomMachine(r, &n, 0)
		g := mustParse(t, definition)
		want := transitionLines(g)
		var steps []history.Step
		g.forEachState(func(s *State) {
			all := look.All()
			steps = append(steps, newStep(s.Name, len(steps)-1, 1, history.StepStatus(all[r.IntN(len(all))].ID)))
		})
		for _, trace := range []*Trace{g.Plain(), g.Trace(steps)} {
			got := readDrawing(trace.Lines())
			diff := cmp.Diff(want, got.transitions)
			for s, count := range got.states {
				if count != 1 {
					diff += fmt.Sprintf("\ngot %s drawn %d times, want once", s, count)
				}
			}
			if diff != "" || len(got.states) != n || len(got.problems) > 0 {
				t.Fatalf("seed %d: got %d of %d states and problems %q; transitions (-want +got):\n%s\n%s\n%s",
					seed, len(got.states), n, got.problems, diff, definition, drawText(trace))
			}
		}
		if drawText(mustParse(t, definition).Plain()) != drawText(g.Plain()) {
			t.Fatalf("seed %d: got two different drawings of one definition", seed)
		}
	}
}

// TestReadDrawing checks that readDrawing finds a line that does not lead to a state.
func TestReadDrawing(t *testing.T) {
	t.Parallel()
	line := func(margin, text string) Line { return Line{Margin: margin, Text: []Part{{Text: text}}} }
	got := readDrawing([]Line{
		line("", "□ S1  (Pass)"),
		line("│   ", "→ S3"),
		line("", ""),
		line("", "□ S2  (Pass)"),
		line("", "│"),
		line("", "→ From S1:"),
	})
	want := []string{`a line leads from S2 to the text "→ From S1:"`, "a line below S1 ends without a state"}
	if diff := cmp.Diff(want, got.problems); diff != "" {
		t.Errorf("problems differ (-want +got):\n%s", diff)
	}
}
