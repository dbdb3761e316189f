package view

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/functionlog"
	"retrycatch/internal/history"
)

func TestEventsOnTerminal(t *testing.T) {
	t.Parallel()
	r := awsstub.Record(awsstub.AWS, `{"statuscode":"429"}`).Enter("Task", "Call API")
	events := r.Fail("Busy", "too many requests at once, try again").End("Busy", "")
	e := Events{Execution: history.New(events), FullLinesCommand: "COMMAND"}
	c, out, hint := newTestConsole("")
	c.width = 80
	e.Text(c)
	want := `ID     TIME  TYPE                     DETAILS
 1  +0.00 s  ExecutionStarted         input {"statuscode":"429"}
 2  +0.00 s  TaskStateEntered         Call API  input {"statuscode":"429"}
`
	const cut = "Call API  Busy: too many requests at once…\n"
	if got := ansi.Strip(out.String()); !strings.HasPrefix(got, want) || !strings.Contains(got, cut) {
		t.Errorf("got\n%s\nwant it to begin with\n%s\nand to contain %q", got, want, cut)
	}
	const wantHint = "Lines that end with … are wider than the terminal.\n  next: COMMAND\n"
	if diff := cmp.Diff(wantHint, ansi.Strip(hint.String())); diff != "" {
		t.Errorf("the hint differs (-want +got):\n%s", diff)
	}
	for width := narrowTerminal; width <= wideTerminal; width++ {
		c, out, _ := newTestConsole("")
		c.width = width
		e.Text(c)
		for line := range strings.Lines(ansi.Strip(out.String())) {
			if n := ansi.StringWidth(strings.TrimSuffix(line, "\n")); n > width {
				t.Fatalf("%d columns: got a line of %d columns: %s", width, n, line)
			}
		}
	}
	const whole = `try again  cause {"errorMessage"`
	for _, width := range []int{0, unlimitedWidth} {
		c, out, hint := newTestConsole("")
		c.width = width
		e.Text(c)
		if strings.Contains(out.String(), "…") || hint.Len() > 0 || !strings.Contains(out.String(), whole) {
			t.Errorf("%d columns: got hint %q, want none; got\n%s\nwant whole lines", width, hint, out)
		}
	}
}

func TestEventDetails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ event, want string }{
		"order of details": {`"type":"TaskScheduled","taskScheduledEventDetails":{
				"resource":"invoke","region":"r","parameters":"{\"Payload\":\"{\\\"a\\\":1}\"}"}`,
			`parameters {"Payload":{"a":1}} (JSON string at $.Payload)  resource invoke  region r`},
		"error of a function": {`"type":"TaskFailed","taskFailedEventDetails":{
				"error":"Busy","cause":"{\"errorMessage\":\"wait\"}","resource":"f"}`,
			`Busy: wait  cause {"errorMessage":"wait"}  resource f`},
		"cause is plain text": {`"type":"TaskFailed","taskFailedEventDetails":{"error":"Busy","cause":"wait"}`,
			`Busy: wait`},
		"cause without an error": {`"type":"TaskFailed","taskFailedEventDetails":{"cause":"wait"}`,
			`wait`},
		"iteration": {`"type":"MapIterationStarted","mapIterationStartedEventDetails":{"name":"Each","index":0}`,
			`name Each  index 0`},
		"previous ID is not one less": {`"type":"TaskStarted","previousEventId":7`,
			`previous 7`},
		"output": {`"type":"TaskSucceeded","taskSucceededEventDetails":{"output":"\"200 OK\""}`,
			`output "200 OK"`},
		"no details": {`"type":"TaskStarted"`, ``},
		"control characters": {`"type":"TaskFailed","taskFailedEventDetails":{"error":"a\u001b[1m"}`,
			`a [1m`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read, err := history.Parse([]byte(`{"events":[{"id":1,"timestamp":1,` + test.event + `}]}`))
			if err != nil {
				t.Fatal(err)
			}
			got := ansi.Strip(eventDetails(read.Events[0]))
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestLogsAtAllWidths(t *testing.T) {
	t.Parallel()
	records := []functionlog.Record{
		{Time: awsstub.Start, Text: `{"level":"ERROR","message":"the API call failed","statuscode":"429",
			"errorMessage":"429 Too Many Requests","requestId":"r"}`},
		{Time: awsstub.Start, Text: `{"type":"platform.report","record":{"metrics":{
			"durationMs":1.25,"billedDurationMs":2,"memorySizeMB":128}}}`}}
	requireAllWidths(t, func(c *Console) { Logs{Group: "/aws/lambda/F", Start: awsstub.Start, Records: records}.Text(c) })
}

func TestVisitsAtAllWidths(t *testing.T) {
	t.Parallel()
	e := history.New(awsstub.ScenarioEvents(awsstub.AWS, "429"))
	requireAllWidths(t, func(c *Console) { Visits{Execution: e, State: "Call API"}.Text(c) })
	c, out, _ := newTestConsole("")
	Visits{Execution: e, State: "Call API"}.Text(c)
	if want := "      \"Cause\": {\n        \"errorMessage\""; !strings.Contains(out.String(), want) {
		t.Errorf("got\n%s\nwant it to contain the cause as JSON:\n%s", out, want)
	}
}
