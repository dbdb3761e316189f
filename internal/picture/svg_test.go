package picture

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/graph"
)

// element is an XML element.
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

// walk calls do with the element and all its descendants.
func (e element) walk(do func(element)) {
	do(e)
	for _, child := range e.Children {
		child.walk(do)
	}
}

func mustDraw(t *testing.T, trace *graph.Trace) (element, string) {
	t.Helper()
	text, err := new(Drawer).SVG(t.Context(), trace, "State machine <M>", "first")
	if err != nil {
		t.Fatal(err)
	}
	var root element
	if err := xml.Unmarshal(text, &root); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return root, string(text)
}

// groupLines describes each group of an SVG: its class and title, the classes of its shapes, and
// its texts.
func groupLines(root element) []string {
	var lines []string
	root.walk(func(e element) {
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
		line := fmt.Sprintf("%s [%s] %s: %s", e.attr("class"), title, strings.Join(drawn, " "),
			strings.Join(texts, " / "))
		lines = append(lines, strings.TrimSpace(line))
	})
	return lines
}

func TestSVGExecution(t *testing.T) {
	t.Parallel()
	root, _ := mustDraw(t, projectGraph(t).Trace(retriedSteps))
	const retriers = "retry 2× TooManyRequestsException, after 1 s, then 2 s; " +
		"retry 6× Lambda.ClientExecutionTimeoutException and 4 more, after 2 s, then 4 s, 8 s, …, 64 s"
	want := []string{
		"transition [start → Call API; start; taken] edge-taken arrow-taken:",
		"transition [Call API → OK; next; taken] edge-taken arrow-taken:",
		"transition [Call API → Wait and Try Later; catch; TooManyRequestsException; taken] edge-catch-taken " +
			"arrow-catch-taken:",
		"transition [Call API → Server Unavailable; catch; ServerUnavailableException] edge-catch-not-taken " +
			"arrow-not-taken:",
		"transition [Call API → Catch All; catch; States.ALL] edge-catch-not-taken arrow-not-taken:",
		"transition [Wait and Try Later → Change to 200; next; taken] edge-taken arrow-taken:",
		"transition [Server Unavailable → end; end] edge-not-taken arrow-not-taken:",
		"transition [Catch All → end; end] edge-not-taken arrow-not-taken:",
		"transition [Change to 200 → Call API; next; taken] edge-taken arrow-taken:",
		"transition [OK → end; end; taken] edge-taken arrow-taken:",
		"transition [Call API → Wait and Try Later; catch; TooManyRequestsException; taken] : " +
			"TooManyRequestsException",
		"transition [Call API → Server Unavailable; catch; ServerUnavailableException] : ServerUnavailableException",
		"transition [Call API → Catch All; catch; States.ALL] : States.ALL",
		"terminal [Start] terminal: Start",
		"state [Call API; Task · ${MockAPIFunctionArn}; " + retriers + "; visit 1 caught; visit 2 succeeded; " +
			"4 attempts in 2 visits] box-caught icon-caught: Call API / Task · ${MockAPIFunctionArn} / " +
			"retry 2× TooManyRequestsException, / after 1 s, " +
			"then 2 s / retry 6× Lambda.ClientExecutionTimeoutException / and 4 more, after 2 s, then 4 s, " +
			"8 s, …, 64 s / visit 1 caught / visit 2 succeeded / 4 attempts in 2 visits",
		"state [Wait and Try Later; Wait · 1 s; succeeded] box-succeeded icon-succeeded: Wait and Try Later / Wait " +
			"· 1 s / succeeded",
		"state [Server Unavailable; Fail · ServerUnavailable] box-not-visited: Server Unavailable / Fail · " +
			"ServerUnavailable",
		"state [Catch All; Fail · An error of unknown type occurred] box-not-visited: Catch All / Fail · An error " +
			"of unknown type occurred",
		"state [Change to 200; Pass; succeeded] box-succeeded icon-succeeded: Change to 200 / Pass / succeeded",
		"state [OK; Pass; succeeded] box-succeeded icon-succeeded: OK / Pass / succeeded",
		"terminal [End] terminal: End",
	}
	if diff := cmp.Diff(want, groupLines(root)); diff != "" {
		t.Errorf("groups differ (-want +got):\n%s", diff)
	}
}

func TestSVGInnerMachines(t *testing.T) {
	t.Parallel()
	root, text := mustDraw(t, mustParse(t, order).Plain())
	want := []string{"group [Fulfill] group:", "group [Pack] group:"}
	if diff := cmp.Diff(want, groupLines(root)[:2]); diff != "" {
		t.Errorf("groups differ (-want +got):\n%s", diff)
	}
	// In a frame, the start is a point, and the end is a ring with a point.
	points, rings := strings.Count(text, `class="point"`), strings.Count(text, `class="ring"`)
	if points != 6 || rings != 3 {
		t.Errorf("got %d points and %d rings, want 6 and 3", points, rings)
	}
}

// TestSVGTooltips checks that the tooltip of a truncated label has the full text.
func TestSVGTooltips(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("part.", 20) + "last"
	choice := `{"Variable": "$.` + long + `", "IsPresent": true, "Next": "D"}`
	root, _ := mustDraw(t, mustParse(t, `{"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [`+
		strings.Join(slices.Repeat([]string{choice}, 5), ",")+`]}, "D": {"Type": "Succeed"}}}`).Plain())
	fullTitle := "C → D; choice; $." + long + " is present" + strings.Repeat("; or $."+long+" is present", 4)
	for _, part := range groupLines(root) {
		if text, label := strings.CutPrefix(part, "transition ["+fullTitle+"] : "); label {
			if !strings.Contains(text, "…") || !strings.HasSuffix(text, "2 more") {
				t.Errorf("got label %s, want it truncated", text)
			}
			return
		}
	}
	t.Errorf("got\n%s\nwant a label with the title %q", strings.Join(groupLines(root), "\n"), fullTitle)
}

// TestSVGEnd checks that a state machine that loops forever has no end.
func TestSVGEnd(t *testing.T) {
	t.Parallel()
	for definition, want := range map[string]bool{
		`{"StartAt": "A", "States": {"A": {"Type": "Task", "Next": "A"}}}`: false,
		`{"StartAt": "A", "States": {"A": {"Type": "Task", "End": true}}}`: true,
	} {
		root, _ := mustDraw(t, mustParse(t, definition).Plain())
		if drawn := slices.Contains(groupLines(root), "terminal [End] terminal: End"); drawn != want {
			t.Errorf("%s: got an end: %v, want %v", definition, drawn, want)
		}
	}
}

// TestSVG checks that a picture is self-contained, and does not affect the page around it.
func TestSVG(t *testing.T) {
	t.Parallel()
	for name, trace := range traces(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, text := mustDraw(t, trace)
			if root.attr("role") != "img" || root.attr("aria-labelledby") != "first-title first-text" {
				t.Errorf("got attributes %v, want a role and labels for screen readers", root.Attrs)
			}
			if title := root.Children[0]; title.Text != "State machine <M>" || title.attr("id") != "first-title" {
				t.Errorf("got title %+v, want State machine <M>", title)
			}
			allowed := regexp.MustCompile("^(svg|title|desc|style|g|rect|circle|path|polygon|polyline|text)$")
			classes := map[string]bool{"sfn-graph": true, "state": true, "transition": true}
			for _, l := range allStyles {
				classes[l.name] = true
			}
			root.walk(func(e element) {
				if !allowed.MatchString(e.XMLName.Local) {
					t.Errorf("got forbidden element %s", e.XMLName.Local)
				}
				if class := e.attr("class"); class != "" && !classes[class] {
					t.Errorf("the class %s has no style", class)
				}
				for _, a := range e.Attrs {
					unprefixed := a.Name.Local == "id" && !strings.HasPrefix(a.Value, "first-")
					if strings.HasPrefix(a.Name.Local, "on") || strings.Contains(a.Name.Local, "href") || unprefixed {
						t.Errorf("got forbidden attribute %s=%s", a.Name.Local, a.Value)
					}
				}
			})
			if strings.Contains(text, "url(") || strings.Contains(text, "@import") || strings.Count(text, "http") != 1 {
				t.Error("the picture has an external reference")
			}
			style := regexp.MustCompile(`(?s)<style>\n(.*)</style>`).FindStringSubmatch(text)[1]
			for rule := range strings.Lines(style) {
				if !strings.HasPrefix(rule, ".sfn-graph ") && !strings.HasPrefix(rule, "@media") && rule != "}\n" {
					t.Errorf("got a style that applies outside the picture: %s", rule)
				}
			}
			again, err := new(Drawer).SVG(t.Context(), trace, "State machine <M>", "first")
			if err != nil || string(again) != text {
				t.Errorf("the second picture differs; error: %v", err)
			}
		})
	}
}
