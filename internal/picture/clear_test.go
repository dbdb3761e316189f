package picture

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// clearance is the minimum space around a label, in points.
const clearance = 10.0

// TestClearance checks the positions in pictures of random definitions.
func TestClearance(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			text := generator{rand.New(rand.NewPCG(seed, 0))}.machine(1, "")
			for _, mistake := range mustPlan(t, mustParse(t, text).Plain()).mistakes() {
				t.Error(mistake)
			}
		})
	}
}

// generator writes random definitions with groups, long names, and many conditions and errors.
type generator struct{ *rand.Rand }

// machine returns a state machine with up to three levels of groups.
func (r generator) machine(level int, prefix string) string {
	names := make([]string, 2+r.IntN(6))
	for i := range names {
		names[i] = prefix + r.pick("State", "Wait for the next batch", "ProcessCustomerPaymentRefund") + fmt.Sprint(i)
	}
	var states []string
	for i, name := range names {
		next := `"End": true`
		if i+1 < len(names) {
			next = `"Next": "` + names[i+1] + `"`
		}
		states = append(states, fmt.Sprintf(`"%s": {%s, %s}`, name, r.stateFields(level, name, names), next))
	}
	return fmt.Sprintf(`{"StartAt": "%s", "States": {%s}}`, names[0], strings.Join(states, ","))
}

// stateFields returns the fields of a state of a random type.
func (r generator) stateFields(level int, name string, names []string) string {
	catch := `, "Catch": [` + r.joinRandom(0, 2, func() string {
		return fmt.Sprintf(`{"ErrorEquals": [%s], "Next": "%s"}`, r.joinRandom(1, 5, r.errorName), r.pick(names...))
	}) + "]"
	inner := func() string { return r.machine(level+1, fmt.Sprint(name, ".", r.IntN(1e9), " ")) }
	switch kind := r.IntN(5); {
	case kind == 0 && level <= 3:
		return `"Type": "Parallel", "Branches": [` + inner() + "," + inner() + "]" + catch
	case kind == 1 && level <= 3:
		return `"Type": "Map", "ItemProcessor": ` + inner() + catch
	case kind == 2:
		return `"Type": "Choice", "Choices": [` + r.joinRandom(1, 4, func() string { return r.condition(names) }) + "]"
	default:
		return `"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"` + catch
	}
}

func (r generator) condition(names []string) string {
	variable := "$.order" + strings.Repeat(".part", r.IntN(20))
	return fmt.Sprintf(`{"Variable": "%s", "NumericLessThan": 5, "Next": "%s"}`, variable, r.pick(names...))
}

func (r generator) errorName() string {
	return fmt.Sprintf(`"%s%d"`, r.pick("E", "States.Timeout", "Lambda.TooManyRequestsException"), r.IntN(10))
}

func (r generator) pick(texts ...string) string { return texts[r.IntN(len(texts))] }

// joinRandom joins a random number of texts, at least minCount and at most maxCount.
func (r generator) joinRandom(minCount, maxCount int, text func() string) string {
	var texts []string
	for range minCount + r.IntN(maxCount-minCount+1) {
		texts = append(texts, text())
	}
	return strings.Join(texts, ",")
}

// TestClearanceMistakes checks that TestClearance finds a label that is too close to something.
func TestClearanceMistakes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		move func(p *plan, label *edge) point
		want string
	}{
		"border of the frame": {func(p *plan, label *edge) point {
			return point{p.nodes[1].bounds().x + label.size.width/2 + clearance - 1, label.path.label.y}
		}, `label "E" is too close to the border of "Group"`},
		"head of the frame": {func(p *plan, label *edge) point {
			head := p.nodes[1].headRect()
			return point{label.path.label.x, head.y + head.height + label.size.height/2 + clearance - 1}
		}, `label "E" is too close to the border of "Group"`},
		"inner frame": {func(p *plan, label *edge) point {
			inner := p.nodes[4].bounds()
			return point{inner.x + inner.width + label.size.width/2 + clearance - 1, inner.y + inner.height/2}
		}, `label "E" is too close to "Inner"`},
		"state": {func(p *plan, label *edge) point {
			state := p.nodes[8].bounds()
			return point{state.x + state.width/2, state.y - label.size.height/2 - clearance + 1}
		}, `label "E" is too close to "Other"`},
		"other label": {func(p *plan, label *edge) point {
			other := func(e *edge) bool { return e.inner && len(e.lines) > 0 && e != label }
			return p.edges[slices.IndexFunc(p.edges, other)].path.label
		}, `label "F" is too close to label "E"`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := mustPlan(t, mustParse(t, grouped).Plain())
			isLabelE := func(e *edge) bool { return len(e.lines) > 0 && e.lines[0].text == "E" }
			label := p.edges[slices.IndexFunc(p.edges, isLabelE)]
			label.path.label = tc.move(p, label)
			if mistakes := p.mistakes(); !slices.Contains(mistakes, tc.want) {
				t.Errorf("got mistakes %q, want %q", mistakes, tc.want)
			}
		})
	}
}

// grouped is a definition with labels in a group, next to an inner group.
const grouped = `{"StartAt": "Group", "States": {"Group": {"Type": "Map", "End": true, "ItemProcessor": {
	"StartAt": "Inner", "States": {"Inner": {"Type": "Map", "Next": "Last",
		"ItemProcessor": {"StartAt": "Leaf", "States": {"Leaf": {"Type": "Pass", "End": true}}},
		"Catch": [{"ErrorEquals": ["E"], "Next": "Last"}, {"ErrorEquals": ["F"], "Next": "Other"}]},
	"Last": {"Type": "Pass", "End": true}, "Other": {"Type": "Fail"}}}}}}`
