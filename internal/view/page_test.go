package view

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/look"
)

// writePage returns a page of executions as text and as parsed HTML.
func writePage(t *testing.T, executions ...PageExecution) (string, *html.Node) {
	t.Helper()
	var out bytes.Buffer
	page := Page{
		StateMachine: "MyAPIStateMachine",
		Location:     "account 111122223333, region eu-west-1",
		Created:      awsstub.Start,
		Executions:   executions,
	}
	if err := page.Write(&out); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), root
}

// elementTexts returns the text of each element with this name. Words are separated by one space.
func elementTexts(root *html.Node, element string) (all []string) {
	for node := range root.Descendants() {
		if node.Type != html.ElementNode || node.Data != element {
			continue
		}
		var text strings.Builder
		for inner := range node.Descendants() {
			if inner.Type == html.TextNode {
				text.WriteString(inner.Data + " ")
			}
		}
		all = append(all, strings.Join(strings.Fields(text.String()), " "))
	}
	return all
}

// pageExecution returns a page's entry for an ended execution of the scenario with this name.
func pageExecution(name string) PageExecution {
	e := history.New(awsstub.ScenarioEvents(awsstub.AWS, name))
	e.Name, e.ARN = name+"-1", "arn:"+name
	return PageExecution{Graph: []byte(`<svg role="img"><title>path</title></svg>`), Execution: e}
}

func TestPage(t *testing.T) {
	t.Parallel()
	_, root := writePage(t, pageExecution("429"), pageExecution("503"))
	for element, want := range map[string][]string{
		"h1": {"MyAPIStateMachine"},
		"h2": {"Executions", "✓ SUCCEEDED 429-1", "✗ FAILED 503-1"},
		"th": {"Status", "Name", "Scenario", "Started", "Took", "Attempts", "429-1", "503-1"},
		"td": {"✓ SUCCEEDED", "429 ✓ as expected", "2026-01-02 03:04:05 UTC", "4.20 s", "attempts: 4",
			"✗ FAILED ServerUnavailable", "503 ✓ as expected", "2026-01-02 03:04:05 UTC", "0.05 s", "attempts: 1"},
	} {
		if diff := cmp.Diff(want, elementTexts(root, element)); diff != "" {
			t.Errorf("the texts of the %s elements differ (-want +got):\n%s", element, diff)
		}
	}
	var steps []string
	for _, summary := range elementTexts(root, "summary") {
		if strings.Contains(summary, ", ") {
			steps = append(steps, summary)
		}
	}
	want := []string{
		"↷ Call API Task, caught +0.00 s 3.15 s",
		"✓ Wait and Try Later Wait, succeeded +3.15 s 1.00 s",
		"✓ Change to 200 Pass, succeeded +4.15 s 0.00 s",
		"✓ Call API Task, succeeded +4.15 s 0.05 s",
		"✓ OK Pass, succeeded +4.20 s 0.00 s",
		"↷ Call API Task, caught +0.00 s 0.05 s",
		"✗ Server Unavailable Fail, failed +0.05 s",
	}
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Errorf("the steps differ (-want +got):\n%s", diff)
	}
	all := strings.Join(elementTexts(root, "li"), "\n")
	for _, text := range []string{
		"attempt 3, after 2.0 s, failed in 0.05 s: TooManyRequestsException: 429 Too Many Requests",
		"caught: TooManyRequestsException",
		"LambdaFunctionScheduled",
		"ExecutionSucceeded",
	} {
		if !strings.Contains(all, text) {
			t.Errorf("the page lacks %q", text)
		}
	}
	events := len(pageExecution("429").Events) + len(pageExecution("503").Events)
	if n := len(regexp.MustCompile(`(?m)^\d+ \+`).FindAllString(all, -1)); n != events {
		t.Errorf("got %d events, want %d", n, events)
	}
}

// A page loads nothing from the network or from other files.
func TestPageIsSelfContained(t *testing.T) {
	t.Parallel()
	text, root := writePage(t, pageExecution("429"))
	for node := range root.Descendants() {
		if node.Data == "script" || node.Data == "iframe" || node.Data == "img" {
			t.Errorf("got a %s element, want none", node.Data)
		}
		for _, attribute := range node.Attr {
			inside := strings.HasPrefix(attribute.Val, "#") || attribute.Val == "data:,"
			if (attribute.Key == "href" || attribute.Key == "src") && !inside {
				t.Errorf("got a %s element with the external reference %s=%q, want none", node.Data, attribute.Key, attribute.Val)
			}
		}
	}
	if policy := `content="default-src 'none'; style-src`; !strings.Contains(html.UnescapeString(text), policy) {
		t.Errorf("the page lacks the Content Security Policy %s", policy)
	}
	for _, outside := range []string{"url(", "@import"} {
		if strings.Contains(pageStyles, outside) {
			t.Errorf("the styles contain %s, want no external files", outside)
		}
	}
}

// hostile is text that tries to inject elements, attributes, templates and escape sequences.
const hostile = `"'></pre></style></title><script>window.pwned = 1</script><img src=x onerror=alert(1)>` +
	`<!-- {{.Name}} javascript:alert(1) ` + "\u202e\x1b[31m"

func TestPageEscapes(t *testing.T) {
	t.Parallel()
	_, expected := writePage(t, pageExecution("503"))
	e := history.New(awsstub.ScenarioEvents(awsstub.AWS, "503"))
	e.Input, e.Output, e.Error, e.Cause = hostile, hostile, hostile, hostile
	for i := range e.Steps {
		s := &e.Steps[i]
		s.State, s.Type, s.Input, s.Output, s.Error = hostile, hostile, hostile, hostile, hostile
		s.Cause = history.NewCause(hostile)
		for j := range s.Attempts {
			s.Attempts[j].Error, s.Attempts[j].Cause = hostile, history.NewCause(hostile)
		}
	}
	file := &bytes.Buffer{}
	encoder := json.NewEncoder(file)
	encoder.SetEscapeHTML(false)
	details := map[string]any{hostile: hostile}
	event := map[string]any{"type": hostile, "timestamp": 1, "taskFailedEventDetails": details}
	if err := encoder.Encode([]any{event, map[string]any{"type": "TaskFailed", "timestamp": 1}}); err != nil {
		t.Fatal(err)
	}
	recorded, err := history.Parse(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for i := range e.Events {
		e.Events[i] = recorded.Events[0]
		e.Events[i].State = hostile
	}
	e.Name, e.ARN = hostile, hostile
	_, root := writePage(t, PageExecution{NoGraph: hostile, Execution: e})
	for _, element := range []string{"script", "img"} {
		if got := elementTexts(root, element); len(got) != len(elementTexts(expected, element)) {
			t.Errorf("got %d %s elements, want %d", len(got), element, len(elementTexts(expected, element)))
		}
	}
	for node := range root.Descendants() {
		if node.Type == html.CommentNode {
			t.Errorf("got the comment %q, want none", node.Data)
		}
		for _, attribute := range node.Attr {
			if strings.HasPrefix(attribute.Key, "on") || strings.Contains(attribute.Val, "javascript:") {
				t.Errorf("got a %s element with the script %s=%q, want none", node.Data, attribute.Key, attribute.Val)
			}
		}
	}
	if n := strings.Count(strings.Join(elementTexts(root, "pre"), "\n"), "window.pwned = 1"); n < 5 {
		t.Errorf("got the hostile text %d times in pre elements, want at least 5", n)
	}
}

func TestPageWithRecordedHistories(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../history/testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d histories, error %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			e, err := history.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			_, root := writePage(t, PageExecution{NoGraph: "none", Execution: e})
			all := strings.Join(elementTexts(root, "li"), "\n")
			for _, event := range e.Events {
				if !strings.Contains(all, string(event.Type)) {
					t.Errorf("the page lacks event %d of type %s", event.ID, event.Type)
				}
			}
			notes := strings.Join(elementTexts(root, "p"), "\n")
			if len(e.Missing) > 0 && !strings.Contains(notes, "Missing from the history: ") {
				t.Errorf("got notes %q, want a note about missing events", notes)
			}
		})
	}
}

func TestPageBars(t *testing.T) {
	t.Parallel()
	axis := timeAxis{from: atSecond(0), to: atSecond(10)}
	tests := map[string]struct {
		step history.Step
		want []pageBar
	}{
		"retry": {
			history.Step{Attempts: []history.Attempt{
				{Start: atSecond(0), End: atSecond(1), Failed: true, Error: "E"},
				{Start: atSecond(3), End: atSecond(4), Backoff: 2 * time.Second},
			}},
			[]pageBar{{"failed", 0, 10}, {"backoff", 10, 20}, {"work", 30, 10}},
		},
		"wait": {
			history.Step{Type: "Wait", Entered: atSecond(5), Exited: atSecond(10)},
			[]pageBar{{"wait", 50, 50}},
		},
		"running wait": {
			history.Step{Type: "Wait", Entered: atSecond(8), Status: history.StepRunning},
			[]pageBar{{"lasting", 80, 20}},
		},
		"Fail state": {
			history.Step{Type: "Fail", Entered: atSecond(10), Stopped: atSecond(10), Status: history.StepFailed, Error: "E"},
			[]pageBar{{"failed", 100, 0}},
		},
		"missing exit": {
			history.Step{Type: "Pass", Entered: atSecond(2), Stopped: atSecond(4), Status: history.StepSucceeded},
			[]pageBar{{"work", 20, 20}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, pageStep{Step: &test.step, axis: axis}.Bars()); diff != "" {
				t.Errorf("the bars differ (-want +got):\n%s", diff)
			}
		})
	}
}

// The styles define every color that they use, once for the light and once for the dark theme. They
// also define a class for each outcome and each stroke.
func TestPageStyles(t *testing.T) {
	t.Parallel()
	styles := string(pageColors()) + pageStyles
	for _, use := range regexp.MustCompile(`var\((--[a-z-]+)\)`).FindAllStringSubmatch(styles, -1) {
		if strings.Contains(pageText, use[1]+":{{") {
			continue // page.html sets the variable
		}
		if n := strings.Count(styles, use[1]+":"); n != 2 {
			t.Errorf("got %d definitions of %s, want 2: one for each theme", n, use[1])
		}
	}
	for _, o := range look.All() {
		for _, rule := range []string{
			"." + o.ID + " { color: var(--" + o.ID + ")",
			"--" + o.ID + ": " + o.Foreground.Light.String(),
			"--" + o.ID + ": " + o.Foreground.Dark.String(),
			"--" + o.ID + "-soft: " + o.Background.Light.String(),
			"--" + o.ID + "-soft: " + o.Background.Dark.String(),
		} {
			if !strings.Contains(styles, rule) {
				t.Errorf("the styles lack %q", rule)
			}
		}
	}
	for _, s := range strokes {
		if !strings.Contains(pageStyles, ".part-"+s.ID+" {") {
			t.Errorf("the styles lack a class for the stroke %s", s.ID)
		}
	}
}
