package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"os"
	"strings"
	"testing"

	"retrycatch/internal/graph"
	"retrycatch/internal/graphviztest"
	"retrycatch/internal/history"
	outcomes "retrycatch/internal/look"
	"retrycatch/internal/problem"
)

func TestMain(m *testing.M) { os.Exit(graphviztest.Run(m)) }

func mustParse(t *testing.T, definition string) *graph.Graph {
	t.Helper()
	g, err := graph.Parse([]byte(definition))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// projectGraph returns the graph of a copy of the project's definition, with an unresolved
// placeholder. The copy does not change when the project adds a state.
func projectGraph(t *testing.T) *graph.Graph {
	t.Helper()
	text, err := os.ReadFile("../asl/testdata/project.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	return mustParse(t, string(text))
}

// retriedSteps holds the steps of scenario 429.
var retriedSteps = []history.Step{
	{State: "Call API", Previous: -1, Attempts: make([]history.Attempt, 3), Status: history.StepCaught}, {
		State:    "Wait and Try Later",
		Previous: 0,
		Status:   history.StepSucceeded,
	},
	{State: "Change to 200", Previous: 1, Status: history.StepSucceeded}, {
		State:    "Call API",
		Previous: 2,
		Attempts: make([]history.Attempt, 1),
		Status:   history.StepSucceeded,
	},
	{State: "OK", Previous: 3, Status: history.StepSucceeded}}

// order is a definition with inner state machines at two levels.
const order = `{"StartAt": "In stock?", "States": {
	"In stock?": {"Type": "Choice", "Default": "Wait",
		"Choices": [{"Variable": "$.stock", "NumericGreaterThan": 0, "Next": "Fulfill"}]},
	"Wait": {"Type": "Wait", "Seconds": 3600, "Next": "In stock?"},
	"Fulfill": {"Type": "Parallel", "Branches": [
		{"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "End": true}}},
		{"StartAt": "Pack", "States": {"Pack": {"Type": "Map", "End": true,
			"ItemProcessor": {"StartAt": "Pick", "States": {"Pick": {"Type": "Task", "End": true}}}}}}],
		"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Reject"}], "Next": "Sold"},
	"Reject": {"Type": "Fail"}, "Sold": {"Type": "Succeed"}}}`

// loopAroundMap is a definition with a Map whose catcher leads to an earlier state.
const loopAroundMap = `{"StartAt": "Anything left?", "States": {
	"Anything left?": {"Type": "Choice", "Default": "Import",
		"Choices": [{"Variable": "$.left", "NumericEquals": 0, "Next": "Done"}]},
	"Import": {"Type": "Map", "ItemProcessor": {"StartAt": "Read", "States": {"Read": {"Type": "Task", "End": true}}},
		"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Anything left?"}], "Next": "Clean up"},
	"Clean up": {"Type": "Task", "Next": "Done"}, "Done": {"Type": "Succeed"}}}`

// nested returns a definition with this many levels of Parallel states, each with two branches.
func nested(levels int) string {
	inner := `{"StartAt": "Leaf", "States": {"Leaf": {"Type": "Task", "End": true}}}`
	for level := levels; level > 0; level-- {
		inner = fmt.Sprintf(`{"StartAt": "Level %[1]d", "States": {
			"Level %[1]d": {"Type": "Parallel", "Branches": [%[2]s,
				{"StartAt": "Side %[1]d", "States": {"Side %[1]d": {"Type": "Pass", "End": true}}}],
				"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Level %[1]d"}], "Next": "After %[1]d"},
			"After %[1]d": {"Type": "Pass", "End": true}}}`, level, inner)
	}
	return inner
}

// parallel returns a definition of a Parallel state with this many branches.
func parallel(branches int) string {
	var texts []string
	for i := range branches {
		texts = append(texts, fmt.Sprintf(`{"StartAt": "%[1]d", "States": {
			"%[1]d": {"Type": "Choice", "Choices": [{"Condition": "x", "Next": "A %[1]d"}], "Default": "B %[1]d"},
			"A %[1]d": {"Type": "Fail"}, "B %[1]d": {"Type": "Task", "End": true}}}`, i))
	}
	return `{"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [` + strings.Join(texts, ",") +
		`], "End": true}}}`
}

// trickyNames is a definition with names that contain code or are too long.
const trickyNames = `{"StartAt": "<script>alert(1)</script>", "States": {
	"<script>alert(1)</script>": {"Type": "Task", "Next": "]]>&lt;\"'", "Catch": [
		{"ErrorEquals": ["\"]; evil [label=\"", "<TABLE>", "\u001b[31m", "more"], "Next": "\u202e\ufffe\\N"}]},
	"]]>&lt;\"'": {"Type": "Choice", "Choices": [{"Condition": "{% <b>&amp;\" %}", "Next": "日本語 ✓"}]},
	"日本語 ✓": {"Type": "Fail", "Error": "--></svg>"},
	"\u202e\ufffe\\N": {"Type": "Wait", "Next": " ", "Timestamp": "` +
	"WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW" + `"},
	" ": {"Type": "Pass", "End": true, "Retry": [{"ErrorEquals": ["` +
	"long long long long long long long long long long long long long long long long" + `"]}]}}}`

// traces returns traces of various definitions.
func traces(t *testing.T) map[string]*graph.Trace {
	long := strings.Repeat("W", 200)
	return map[string]*graph.Trace{
		"project":           projectGraph(t).Plain(),
		"project, executed": projectGraph(t).Trace(retriedSteps),
		"order":             mustParse(t, order).Plain(),
		"order, executed": mustParse(t, order).Trace([]history.Step{
			{State: "In stock?", Previous: -1, Status: history.StepSucceeded},
			{State: "Fulfill", Status: history.StepRunning},
			{State: "Charge", Previous: 1, Status: history.StepAborted},
		}),
		"loop around a group": mustParse(t, loopAroundMap).Plain(),
		"names with code":     mustParse(t, trickyNames).Plain(),
		"long name":           mustParse(t, `{"StartAt": "`+long+`", "States": {"`+long+`": {"Type": "Succeed"}}}`).Plain(),
		"loop to itself": mustParse(t, `{"StartAt": "A", "States": {
			"A": {"Type": "Task", "Next": "A", "Catch": [{"ErrorEquals": ["E"], "Next": "A"}]}}}`).Plain(),
	}
}

func TestPNG(t *testing.T) {
	t.Parallel()
	for name, trace := range traces(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, _, err := new(Drawer).PNG(t.Context(), trace)
			if err != nil {
				t.Fatal(err)
			}
			picture, err := png.Decode(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			root, _ := mustDraw(t, trace)
			var width, height int
			if _, err := fmt.Sscan(root.attr("width")+" "+root.attr("height"), &width, &height); err != nil {
				t.Fatal(err)
			}
			size := picture.Bounds().Size()
			dx, dy := size.X-scale*width, size.Y-scale*height
			if dx*dx > 4 || dy*dy > 4 || size.X < 200 || size.Y < 200 {
				t.Errorf("got %v pixels for %d by %d points, want twice as many, and at least 200 by 200", size, width, height)
			}
			colors := map[any]bool{}
			for x := range size.X {
				for y := range size.Y {
					colors[picture.At(x, y)] = true
				}
			}
			if len(colors) < 20 { // smooth lines and letters have many colors
				t.Errorf("got %d colors, want at least 20", len(colors))
			}
			again, _, err := new(Drawer).PNG(t.Context(), trace)
			if err != nil || !bytes.Equal(data, again) {
				t.Errorf("the second picture differs; error: %v", err)
			}
		})
	}
}

func TestPNGScale(t *testing.T) {
	t.Parallel()
	for size, want := range map[size]float64{{500, 700}: 2, {1000, 5000}: 2, {1000, 5001}: 1} {
		if got := pickScale(size); got != want {
			t.Errorf("%v: got %v pixels per point, want %v", size, got, want)
		}
	}
}

func TestPNGTooLarge(t *testing.T) {
	t.Parallel()
	var rules, states []string
	for n := range 600 {
		rules = append(rules, fmt.Sprintf(`{"Variable": "$.x", "NumericEquals": %d, "Next": "S%[1]d"}`, n))
		states = append(states, fmt.Sprintf(`"S%d": {"Type": "Succeed"}`, n))
	}
	wide := mustParse(t, `{"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [`+strings.Join(rules, ",")+`]},`+
		strings.Join(states, ",")+`}}`).Plain()
	_, _, err := new(Drawer).PNG(t.Context(), wide)
	if p := (*problem.Problem)(nil); !errors.As(err, &p) || !strings.Contains(p.Next, ".svg") {
		t.Errorf("got error %v, want a problem that suggests an .svg file", err)
	}
}

// TestStylesDiffer checks that boxes differ in more than their colors, and that edges do too. It
// also checks that each outcome has styles and an icon.
func TestStylesDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, s := range allStyles {
		if strings.HasPrefix(s.name, "box") || strings.HasPrefix(s.name, "edge") {
			lines := fmt.Sprint(s.name[:3], s.width, s.dash)
			if s.name == "box-succeeded" || s.name == "box" {
				continue // these two need not differ: no picture has both
			}
			if other := seen[lines]; other != "" {
				t.Errorf("%s has the same lines as %s", s.name, other)
			}
			seen[lines] = s.name
		}
	}
	for _, outcome := range append(outcomes.All(), outcomes.OfStep("")) {
		styleOf("box-" + outcome.ID)
	}
	for _, outcome := range outcomes.All() {
		styleOf("text-" + outcome.ID)
		styleOf("icon-" + outcome.ID)
		if len(iconLines(outcome.Sign, point{}, 1)) == 0 {
			t.Errorf("%s has no icon", outcome.Word)
		}
	}
}
