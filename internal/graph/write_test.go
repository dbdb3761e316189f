package graph

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/history"
	"retrycatch/internal/look"
)

func requireText(t *testing.T, want, got string) {
	t.Helper()
	if diff := cmp.Diff(strings.Split(strings.TrimPrefix(want, "\n"), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("texts differ (-want +got):\n%s", diff)
	}
}

//nolint:lll // Mermaid needs a label on one line.
func TestMermaid(t *testing.T) {
	t.Parallel()
	requireText(t, `
flowchart TB
  finish(("End"))
  start(("Start"))
  s1("Call API<br/>Task · $#123;MockAPIFunctionArn#125;<br/>retry 2× TooManyRequestsException, after 1 s, then 2 s<br/>retry 6× Lambda.ClientExecutionTimeoutException and 4 more, after 2 s, then 4 s, 8 s, …, 64 s<br/>↷ visit 1 caught<br/>✓ visit 2 succeeded<br/>↻ 4 attempts in 2 visits"):::caught
  s2("Wait and Try Later<br/>Wait · 1 s<br/>✓ succeeded"):::succeeded
  s3("Server Unavailable<br/>Fail · ServerUnavailable")
  s4("Catch All<br/>Fail · An error of unknown type occurred")
  s5("Change to 200<br/>Pass<br/>✓ succeeded"):::succeeded
  s6("OK<br/>Pass<br/>✓ succeeded"):::succeeded
  start ==> s1
  s1 ==> s6
  s1 ==>|"caught<br/>TooManyRequestsException"| s2
  s1 -.->|"ServerUnavailableException"| s3
  s1 -.->|"States.ALL"| s4
  s2 ==> s5
  s3 --> finish
  s4 --> finish
  s5 ==> s1
  s6 ==> finish
  classDef succeeded stroke:#1a7302,stroke-width:3px
  classDef caught stroke:#9a4708,stroke-width:3px
  classDef aborted stroke:#55616f,stroke-width:3px
  classDef running stroke:#0660b5,stroke-width:3px
  classDef failed stroke:#b8290d,stroke-width:3px
`, projectGraph(t).Trace(scenarios["429"]).Mermaid())
}

// parallel has a Parallel state with two branches.
const parallel = `{"StartAt": "P", "States": {
	"P": {"Type": "Parallel", "Next": "D", "Catch": [{"ErrorEquals": ["E"], "Next": "D"}], "Branches": [
		{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}},
		{"StartAt": "B", "States": {"B": {"Type": "Fail"}}}]},
	"D": {"Type": "Succeed"}}}`

func TestMermaidSubgraph(t *testing.T) {
	t.Parallel()
	requireText(t, `
flowchart TB
  finish(("End"))
  subgraph cluster1[" "]
    direction TB
    s1("P<br/>Parallel · 2 branches")
    s2("A<br/>Pass")
    s1 --> s2
    s2 --> done1
    s3("B<br/>Fail")
    s1 --> s3
    done1((" "))
  end
  s4("D<br/>Succeed")
  begin_start --> cluster1
  cluster1 --> s4
  cluster1 -.->|"E"| s4
  s4 --> finish
  subgraph begin_start[" "]
    start(("Start"))
  end
  style begin_start fill:none,stroke:none
`, mustParse(t, parallel).Plain().Mermaid())
}

// TestMermaidNesting checks that a box above a subgraph gets a subgraph of its own.
func TestMermaidNesting(t *testing.T) {
	t.Parallel()
	drawn := mustParse(t, innerMap).Trace([]history.Step{newStep("Outer", -1, 0, succeeded)}).Mermaid()
	requireText(t, `
flowchart TB
  finish(("End"))
  subgraph cluster1[" "]
    direction TB
    subgraph cluster2[" "]
      direction TB
      s2("Inner<br/>Map · for each item")
      s3("A<br/>Pass")
      s2 --> s3
      s3 --> done2
      done2((" "))
    end
    begin_s1 --> cluster2
    cluster2 --> done1
    cluster2 -.->|"E"| cluster2
    subgraph begin_s1[" "]
      s1("Outer<br/>Map · for each item<br/>✓ succeeded"):::succeeded
    end
    style begin_s1 fill:none,stroke:none
    done1((" "))
  end
  begin_start ==> cluster1
  cluster1 ==> finish
  subgraph begin_start[" "]
    start(("Start"))
  end
  style begin_start fill:none,stroke:none
  classDef succeeded stroke:#1a7302,stroke-width:3px
`, strings.SplitAfter(drawn, "px\n")[0])
}

// innerMap has a Map inside a Map.
const innerMap = `{"StartAt": "Outer", "States": {"Outer": {"Type": "Map", "End": true, "ItemProcessor": {
	"StartAt": "Inner", "States": {"Inner": {"Type": "Map", "End": true, "ItemProcessor": {
		"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}},
		"Catch": [{"ErrorEquals": ["E"], "Next": "Inner"}]}}}}}}`

// trickyNames contains control characters and syntax of Mermaid and other languages.
var trickyNames = []string{
	`"]; evil [label="`, `\`, `\N \G \l`, "a\\", "<b>bold</b>", "<script>alert(1)</script>", "&lt;&amp;&#34;",
	"line\nend\r\n", "\x1b[31mred", "\u202egnp.exe", "end", "subgraph", "1. one", "- one", "#quot;", "`code`",
	"%% comment", "{{x}}", "a|b", "click s1 callback", `s1("x")`, "日本語 ✓ é",
	strings.Repeat("long ", 40), strings.Repeat("W", 200), " ", "$.a", "${Placeholder}", "\ufeff\ufffe",
}

// trickyGraph returns a graph whose texts are all from trickyNames.
func trickyGraph(t *testing.T) *Graph {
	var states, catchers []string
	for i, name := range trickyNames {
		quoted := quoteJSON(name)
		next := quoteJSON(trickyNames[(i+1)%len(trickyNames)])
		states = append(states, quoted+`: {"Type": "Wait", "Timestamp": `+quoted+`, "Next": `+next+
			`, "Retry": [{"ErrorEquals": [`+quoted+`]}]}`)
		catchers = append(catchers, `{"ErrorEquals": [`+quoted+`], "Next": `+quoted+`}`)
	}
	return mustParse(t, `{"StartAt": "first", "States": {"first": {"Type": "Task", "End": true, "Catch": [`+
		strings.Join(catchers, ",")+`]},`+strings.Join(states, ",")+`}}`)
}

func quoteJSON(text string) string {
	quoted := strconv.QuoteToASCII(text)
	return strings.NewReplacer(`\x1b`, `\u001b`, `\a`, `\u0007`).Replace(quoted)
}

func TestMermaidEscapes(t *testing.T) {
	t.Parallel()
	text := `"(?:[\p{L}\p{N}\p{M}\p{S}\p{Z}\p{C}\p{P}]*?)"`
	line := regexp.MustCompile(`^ *(flowchart TB|(s\d+|start|finish)\(+` + text + `\)+|s\d+ -\.->\|` + text +
		`\| s\d+|s\d+ --> (s\d+|finish)|start --> s1)$`)
	label := regexp.MustCompile(`"[^"]*"`)
	for got := range strings.Lines(trickyGraph(t).Plain().Mermaid()) {
		got = strings.TrimSuffix(got, "\n")
		inside := strings.ReplaceAll(strings.Join(label.FindAllString(got, -1), ""), "<br/>", "")
		if !line.MatchString(got) || strings.Count(got, `"`) > 2 ||
			strings.ContainsAny(inside, "<>&`|\\[]{}%\x1b\u202e") {
			t.Errorf("got %q, want a flowchart line with escaped labels", got)
		}
		for _, entity := range regexp.MustCompile(`#[^;]*;?`).FindAllString(inside, -1) {
			if !regexp.MustCompile(`^#\d+;$`).MatchString(entity) {
				t.Errorf("got the escape %q in %q, want a character number", entity, got)
			}
		}
	}
}

func TestQuoteMermaid(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"1. one": `"1#46; one"`,
		"- one":  `"#45; one"`,
		"a. - b": `"a. - b"`,
		`#35; "`: `"#35;35#59; #34;"`,
	} {
		if got := quoteMermaid([]string{text}); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestTextControlCharacters(t *testing.T) {
	t.Parallel()
	g := trickyGraph(t)
	var all []history.Step
	for _, name := range trickyNames {
		all = append(all, newStep(name, len(all)-1, 0, succeeded))
	}
	for _, text := range []string{drawText(g.Plain()), drawText(g.Trace(all)), drawText(projectGraph(t).Trace(all))} {
		if strings.ContainsAny(text, "\x1b\r\u202e") {
			t.Errorf("got control characters in %q", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(order)
	f.Add(`{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "${Arn}", "End": true,
		"Retry": [{"ErrorEquals": ["E"], "BackoffRate": 1e300}]}}}`)
	f.Add(`{"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [{}, {}]}}}`)
	f.Add(`{"StartAt": "", "States": {"": {"Type": "Choice",
		"Choices": [{"Not": {"And": [{"Or": []}, 1, null]}, "Next": ""}]}}}`)
	f.Fuzz(func(t *testing.T, definition string) {
		g, err := Parse([]byte(definition))
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("got error %q, want one line", err)
			}
			return
		}
		var steps []history.Step
		g.forEachState(func(s *State) {
			n := len(steps)
			outcome := look.All()[n%len(look.All())]
			steps = append(steps, newStep(s.Name, n-1, n, history.StepStatus(outcome.ID)))
		})
		for _, trace := range []*Trace{g.Plain(), g.Trace(steps)} {
			for _, text := range []string{trace.Mermaid(), drawText(trace)} {
				if strings.Contains(text, "\x1b") || strings.Count(text, "\n") < 3 {
					t.Errorf("got %q, want a graph", text)
				}
			}
		}
	})
}
