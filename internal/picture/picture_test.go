package picture

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/graph"
	"retrycatch/internal/graphviztest"
	"retrycatch/internal/problem"
)

func TestMain(m *testing.M) { os.Exit(graphviztest.Run(m)) }

func parse(t *testing.T, definition string) *graph.Graph {
	t.Helper()
	g, err := graph.Parse([]byte(definition))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// project is the project's own definition, with its placeholder.
func project(t *testing.T) *graph.Graph {
	t.Helper()
	text, err := os.ReadFile("../../statemachine/definition.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(text))
}

// retried is the scenario 429.
var retried = graph.Taken{Visits: []graph.Visit{
	{State: "Call API", Previous: -1, Attempts: 3, Outcome: graph.Caught}, {State: "Wait and Try Later", Previous: 0, Outcome: graph.Succeeded},
	{State: "Change to 200", Previous: 1, Outcome: graph.Succeeded}, {State: "Call API", Previous: 2, Attempts: 1, Outcome: graph.Succeeded},
	{State: "OK", Previous: 3, Outcome: graph.Succeeded}}}

// order has state machines in states.
const order = `{"StartAt": "In stock?", "States": {
	"In stock?": {"Type": "Choice", "Choices": [{"Variable": "$.stock", "NumericGreaterThan": 0, "Next": "Fulfil"}], "Default": "Wait"},
	"Wait": {"Type": "Wait", "Seconds": 3600, "Next": "In stock?"},
	"Fulfil": {"Type": "Parallel", "Branches": [
		{"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "End": true}}},
		{"StartAt": "Pack", "States": {"Pack": {"Type": "Map", "ItemProcessor": {"StartAt": "Pick", "States": {"Pick": {"Type": "Task", "End": true}}}, "End": true}}}],
		"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Reject"}], "Next": "Sold"},
	"Reject": {"Type": "Fail"}, "Sold": {"Type": "Succeed"}}}`

// nasty has names that would be code, and more than fits.
const nasty = `{"StartAt": "<script>alert(1)</script>", "States": {
	"<script>alert(1)</script>": {"Type": "Task", "Next": "]]>&lt;\"'", "Catch": [{"ErrorEquals": ["\"]; evil [label=\"", "<TABLE>", "\u001b[31m", "more"], "Next": "\u202e\ufffe\\N"}]},
	"]]>&lt;\"'": {"Type": "Choice", "Choices": [{"Condition": "{% <b>&amp;\" %}", "Next": "日本語 ✓"}]},
	"日本語 ✓": {"Type": "Fail", "Error": "--></svg>"},
	"\u202e\ufffe\\N": {"Type": "Wait", "Timestamp": "` + "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW" + `", "Next": " "},
	" ": {"Type": "Pass", "End": true, "Retry": [{"ErrorEquals": ["` + "long long long long long long long long long long long long long long long long" + `"]}]}}}`

// traces are graphs of many kinds.
func traces(t *testing.T) map[string]*graph.Trace {
	long := strings.Repeat("W", 200)
	return map[string]*graph.Trace{
		"the project's":                project(t).Plain(),
		"the project's, executed":      project(t).Trace(retried),
		"state machines in states":     parse(t, order).Plain(),
		"the same, executed":           parse(t, order).Trace(graph.Taken{Visits: []graph.Visit{{State: "In stock?", Previous: -1, Outcome: graph.Succeeded}, {State: "Fulfil", Outcome: graph.Running}, {State: "Charge", Previous: 1, Outcome: graph.Stopped}}}),
		"names that would be code":     parse(t, nasty).Plain(),
		"a name of two hundred":        parse(t, `{"StartAt": "`+long+`", "States": {"`+long+`": {"Type": "Succeed"}}}`).Plain(),
		"a state that leads to itself": parse(t, `{"StartAt": "A", "States": {"A": {"Type": "Task", "Next": "A", "Catch": [{"ErrorEquals": ["E"], "Next": "A"}]}}}`).Plain(),
	}
}

// element is one of an SVG's, without its coordinates.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []element  `xml:",any"`
}

func (e element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// each calls do with the element and all below it.
func (e element) each(do func(element)) {
	do(e)
	for _, child := range e.Children {
		child.each(do)
	}
}

func svgOf(t *testing.T, trace *graph.Trace) (element, string) {
	t.Helper()
	text, err := SVG(t.Context(), trace, "State machine <M>", "first")
	if err != nil {
		t.Fatal(err)
	}
	var root element
	if err := xml.Unmarshal(text, &root); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return root, string(text)
}

// parts are an SVG's groups as lines: the class and the title, the classes of what is drawn, and the texts.
func parts(root element) []string {
	var lines []string
	root.each(func(e element) {
		if e.XMLName.Local != "g" || e.attr("class") == "" {
			return
		}
		var title string
		var drawn, texts []string
		for _, child := range e.Children {
			switch child.XMLName.Local {
			case "title":
				title = child.Text
			case "text":
				texts = append(texts, child.Text)
			default:
				if class := child.attr("class"); len(drawn) == 0 || drawn[len(drawn)-1] != class {
					drawn = append(drawn, class)
				}
			}
		}
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s [%s] %s: %s", e.attr("class"), title, strings.Join(drawn, " "), strings.Join(texts, " / "))))
	})
	return lines
}

func TestTheSVGOfAnExecution(t *testing.T) {
	t.Parallel()
	root, _ := svgOf(t, project(t).Trace(retried))
	const retriers = "retry 2× TooManyRequestsException, after 1 s ×2; retry 6× Lambda.ClientExecutionTimeoutException and 4 more, after 2 s ×2"
	want := []string{
		"transition [start → Call API; start; taken] edge-taken arrow-taken:",
		"transition [Call API → OK; next; taken] edge-taken arrow-taken:",
		"transition [Call API → Wait and Try Later; catch; TooManyRequestsException; taken] edge-catch-taken arrow-catch-taken: TooManyRequestsException",
		"transition [Call API → Server Unavailable; catch; ServerUnavailableException] edge-catch-not-taken arrow-not-taken: ServerUnavailableException",
		"transition [Call API → Catch All; catch; States.ALL] edge-catch-not-taken arrow-not-taken: States.ALL",
		"transition [Wait and Try Later → Change to 200; next; taken] edge-taken arrow-taken:",
		"transition [Server Unavailable → end; end] edge-not-taken arrow-not-taken:",
		"transition [Catch All → end; end] edge-not-taken arrow-not-taken:",
		"transition [Change to 200 → Call API; next; taken] edge-taken arrow-taken:",
		"transition [OK → end; end; taken] edge-taken arrow-taken:",
		"terminal [Start] terminal: Start",
		"terminal [End] terminal: End",
		"state [Call API; Task; " + retriers + "; caught; succeeded; 4 attempts in 2 visits] box-caught icon-caught: Call API / Task / " +
			"retry 2× TooManyRequestsException, after 1 s ×2 / retry 6× Lambda.ClientExecutionTimeoutException / and 4 more, after 2 s ×2 / caught / succeeded / 4 attempts in 2 visits",
		"state [Wait and Try Later; Wait · 1 s; succeeded] box-succeeded icon-succeeded: Wait and Try Later / Wait · 1 s / succeeded",
		"state [Server Unavailable; Fail · ServerUnavailable] box-not-visited: Server Unavailable / Fail · ServerUnavailable",
		"state [Catch All; Fail · An error of unknown type occurred] box-not-visited: Catch All / Fail · An error of unknown type occurred",
		"state [Change to 200; Pass; succeeded] box-succeeded icon-succeeded: Change to 200 / Pass / succeeded",
		"state [OK; Pass; succeeded] box-succeeded icon-succeeded: OK / Pass / succeeded",
	}
	if diff := cmp.Diff(want, parts(root)); diff != "" {
		t.Errorf("the parts differ (-want +got):\n%s", diff)
	}
}

func TestTheSVGOfStateMachinesInStates(t *testing.T) {
	t.Parallel()
	root, text := svgOf(t, parse(t, order).Plain())
	want := []string{"group [Fulfil] group:", "group [Pack] group:"}
	if diff := cmp.Diff(want, parts(root)[:2]); diff != "" {
		t.Errorf("the groups differ (-want +got):\n%s", diff)
	}
	if n := strings.Count(text, `class="done"`); n != 2 {
		t.Errorf("there are %d points where a group is done", n)
	}
}

func TestEverySVGStandsAloneAndHarmlessInAnyPage(t *testing.T) {
	t.Parallel()
	for name, trace := range traces(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, text := svgOf(t, trace)
			if root.attr("role") != "img" || root.attr("aria-labelledby") != "first-title first-text" {
				t.Errorf("a screen reader is told %v", root.Attrs)
			}
			if title := root.Children[0]; title.Text != "State machine <M>" || title.attr("id") != "first-title" {
				t.Errorf("the title is %+v", title)
			}
			allowed := regexp.MustCompile("^(svg|title|desc|style|g|rect|circle|path|polygon|polyline|text)$")
			classes := map[string]bool{"sfn-graph": true, "state": true, "transition": true}
			for _, l := range looks {
				classes[l.name] = true
			}
			root.each(func(e element) {
				if !allowed.MatchString(e.XMLName.Local) {
					t.Errorf("there is an element %s", e.XMLName.Local)
				}
				if class := e.attr("class"); class != "" && !classes[class] {
					t.Errorf("the class %s has no style", class)
				}
				for _, a := range e.Attrs {
					if strings.HasPrefix(a.Name.Local, "on") || strings.Contains(a.Name.Local, "href") || a.Name.Local == "id" && !strings.HasPrefix(a.Value, "first-") {
						t.Errorf("there is an attribute %s=%s", a.Name.Local, a.Value)
					}
				}
			})
			if strings.Contains(text, "url(") || strings.Contains(text, "@import") || strings.Count(text, "http") != 1 {
				t.Error("something outside is referred to")
			}
			for rule := range strings.Lines(regexp.MustCompile(`(?s)<style>\n(.*)</style>`).FindStringSubmatch(text)[1]) {
				if !strings.HasPrefix(rule, ".sfn-graph ") && !strings.HasPrefix(rule, "@media") && rule != "}\n" {
					t.Errorf("this style is for all of a page: %s", rule)
				}
			}
			again, err := SVG(t.Context(), trace, "State machine <M>", "first")
			if err != nil || string(again) != text {
				t.Errorf("drawn again, it is another picture (%v)", err)
			}
		})
	}
}

// boxes and labels are where the layout has put them.
func TestNothingLiesOnAStateAndNothingIsCutOff(t *testing.T) {
	t.Parallel()
	for name, trace := range traces(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlan(trace)
			l, err := layOut(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			type item struct {
				name string
				rect
			}
			var items []item
			around := func(name string, middle point, width, height float64) {
				items = append(items, item{name, rect{middle.x - width/2, middle.y - height/2, width, height}})
			}
			for _, b := range p.boxes {
				around(b.state.Name, l.places[b.id], b.width, b.height)
				if width, height := extent(b.lines); width > b.width || height > b.height {
					t.Errorf("the text of %s is larger than its box", b.state.Name)
				}
			}
			for _, c := range p.terminals {
				around(c.label, l.places[c.id], terminal, terminal)
			}
			for i, e := range p.edges {
				if len(e.lines) > 0 != l.paths[i].labeled {
					t.Errorf("the label %v has no place", e.lines)
				}
				if l.paths[i].labeled {
					around("label "+e.lines[0].text, l.paths[i].label, e.width, e.height)
				}
			}
			for i, a := range items {
				if a.x < -margin || a.y < -margin || a.x+a.width > l.width+margin || a.y+a.height > l.height+margin {
					t.Errorf("%s is cut off: %v in %v by %v", a.name, a.rect, l.width, l.height)
				}
				for _, b := range items[:i] {
					if a.x < b.x+b.width && b.x < a.x+a.width && a.y < b.y+b.height && b.y < a.y+a.height {
						t.Errorf("%s %v lies on %s %v", a.name, a.rect, b.name, b.rect)
					}
				}
			}
		})
	}
}

func TestEveryPNGIsAPicture(t *testing.T) {
	t.Parallel()
	for name, trace := range traces(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := PNG(t.Context(), trace)
			if err != nil {
				t.Fatal(err)
			}
			picture, err := png.Decode(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			root, _ := svgOf(t, trace)
			var width, height int
			if _, err := fmt.Sscan(root.attr("width")+" "+root.attr("height"), &width, &height); err != nil {
				t.Fatal(err)
			}
			size := picture.Bounds().Size()
			if dx, dy := size.X-scale*width, size.Y-scale*height; dx*dx > 4 || dy*dy > 4 || size.X < 200 || size.Y < 200 {
				t.Errorf("the PNG has %v pixels, the SVG %d by %d points", size, width, height)
			}
			colours := map[any]bool{}
			for x := range size.X {
				for y := range size.Y {
					colours[picture.At(x, y)] = true
				}
			}
			if len(colours) < 20 { // with smooth lines and letters there are many
				t.Errorf("there are only %d colours", len(colours))
			}
			again, err := PNG(t.Context(), trace)
			if err != nil || !bytes.Equal(text, again) {
				t.Errorf("drawn again, it is another picture (%v)", err)
			}
		})
	}
}

// The graph's own DOT has names in it, and must be one that Graphviz reads as they were meant.
func TestGraphvizReadsTheDOTOfAnyName(t *testing.T) {
	t.Parallel()
	for name, trace := range traces(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := run(t.Context(), trace.DOT())
			if err != nil {
				t.Fatal(err)
			}
			var document struct {
				Objects []struct{ Name, Label, Shape string }
				Edges   []struct{ Label string }
			}
			if err := json.Unmarshal(out, &document); err != nil {
				t.Fatal(err)
			}
			p := newPlan(trace)
			var states []string
			for _, o := range document.Objects {
				if regexp.MustCompile(`^s\d+$`).MatchString(o.Name) {
					states = append(states, o.Label)
				}
			}
			for i, b := range p.boxes {
				want := strings.NewReplacer(`\`, `\\`, "&", "&amp;").Replace(b.state.Label()) + `\n` + b.state.Type
				if i >= len(states) || !strings.HasPrefix(states[i], want) {
					t.Errorf("the state %q has the label of %q", b.state.Name, states)
				}
			}
			if len(states) != len(p.boxes) || len(document.Edges) != len(p.edges) {
				t.Errorf("there are %d states and %d edges, expected %d and %d", len(states), len(document.Edges), len(p.boxes), len(p.edges))
			}
		})
	}
}

func TestGraphvizLearnsNoText(t *testing.T) {
	t.Parallel()
	dot := newPlan(parse(t, nasty).Plain()).dot()
	for _, text := range []string{"script", "evil", "31m", "日本語", "long", "svg", "WWW"} {
		if strings.Contains(dot, text) {
			t.Errorf("it learns of %s:\n%s", text, dot)
		}
	}
}

func TestWhatGraphvizSaysIsReadWithCare(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":                  "",
		"no size":                  `{}`,
		"a size that is none":      `{"bb": "0,0,x,9"}`,
		"a node without a place":   `{"bb": "0,0,9,9", "objects": [{"name": "s1"}]}`,
		"a group of three sides":   `{"bb": "0,0,9,9", "objects": [{"name": "cluster1", "bb": "1,2,3"}]}`,
		"an edge of no number":     `{"bb": "0,0,9,9", "edges": [{"pos": "e,1,1 2,2"}]}`,
		"an edge too many":         `{"bb": "0,0,9,9", "edges": [{"comment": "1", "pos": "e,1,1 2,2"}]}`,
		"an edge of two points":    `{"bb": "0,0,9,9", "edges": [{"comment": "0", "pos": "1,1 2,2"}]}`,
		"an edge without points":   `{"bb": "0,0,9,9", "edges": [{"comment": "0", "pos": ""}]}`,
		"a tip that is no point":   `{"bb": "0,0,9,9", "edges": [{"comment": "0", "pos": "e,1 2,2"}]}`,
		"a label without a place":  `{"bb": "0,0,9,9", "edges": [{"comment": "0", "pos": "e,1,1 2,2", "lp": "here"}]}`,
		"fewer edges than planned": `{"bb": "0,0,9,9"}`,
	} {
		if _, err := readLayout([]byte(text), 1); err == nil {
			t.Errorf("%s is no error", name)
		}
	}
}

// It changes PATH, so it does not run beside the others.
func TestWithoutTheProgramTheNextStepNamesIt(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder)
	requireProblem := func(contains string) {
		t.Helper()
		_, err := SVG(t.Context(), project(t).Plain(), "M", "p")
		if p := (*problem.Problem)(nil); !errors.As(err, &p) || !strings.Contains(p.Next, "make build") || !strings.Contains(err.Error(), contains) {
			t.Errorf("the error is %v", err)
		}
	}
	requireProblem("executable file not found")
	script := "#!/bin/sh\necho a complaint >&2\necho and more >&2\nexit 3\n"
	if err := os.WriteFile(folder+"/"+program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	requireProblem("exit status 3: a complaint")
}

// Nor does this one. What the library compiles is code that later runs execute: nobody else may write where it is kept.
func TestTheProgramGetsNoCredentialsAndAFolderOfItsOwn(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	script := "#!/bin/sh\n/usr/bin/env\n/bin/ls -ld $TMPDIR\n"
	if err := os.WriteFile(folder+"/"+program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	for home, want := range map[string]string{home: "TMPDIR=" + home + "/.cache/retrycatch\n", "": "TMPDIR=" + os.TempDir(), "/proc/none": "TMPDIR=" + os.TempDir()} {
		t.Setenv("HOME", home)
		t.Setenv("XDG_CACHE_HOME", "")
		out, err := run(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(out), "secret") || !regexp.MustCompile(`(?m)^drwx------`).Match(out) || !strings.Contains(string(out), want) {
			t.Errorf("at home in %q it has\n%s", home, out)
		}
	}
}

func TestEveryLookCanBeToldFromTheOthersWithoutColours(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, l := range looks {
		if strings.HasPrefix(l.name, "box") || strings.HasPrefix(l.name, "edge") {
			lines := fmt.Sprint(l.name[:3], l.width, l.dash)
			if l.name == "box-succeeded" || l.name == "box" {
				continue // told apart by the sign and the word
			}
			if other := seen[lines]; other != "" {
				t.Errorf("%s has the lines of %s", l.name, other)
			}
			seen[lines] = l.name
		}
	}
	for outcome := graph.Succeeded; outcome <= graph.Failed; outcome++ {
		lookOf("box-" + outcome.String())
		lookOf("text-" + outcome.String())
		lookOf("icon-" + outcome.String())
		if len(icon(outcome.Icon(), point{}, 1)) == 0 {
			t.Errorf("%v has no sign", outcome)
		}
	}
}
