package history

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	standardARN = "arn:aws:states:us-east-1:111122223333:execution:m:x"
	expressARN  = "arn:aws:states:us-east-1:111122223333:express:m:x:1-2"
)

// fourEvents holds the events of one execution, each as compact JSON.
var fourEvents = []string{
	`{"timestamp":"2024-05-01T10:00:00.120+00:00","type":"ExecutionStarted","id":1,"previousEventId":0,` +
		`"executionStartedEventDetails":{"input":"{\"a\" : 1}","inputDetails":{"truncated":false}}}`,
	`{"timestamp":"2024-05-01T10:00:01.120+00:00","type":"PassStateEntered","id":2,"previousEventId":0,` +
		`"stateEnteredEventDetails":{"name":"First","input":"{\"a\" : 1}"}}`,
	`{"timestamp":"2024-05-01T10:00:02.120+00:00","type":"PassStateExited","id":3,"previousEventId":2,` +
		`"stateExitedEventDetails":{"name":"First","output":"[]"}}`,
	`{"timestamp":"2024-05-01T10:00:03.120+00:00","type":"ExecutionSucceeded","id":4,"previousEventId":3,` +
		`"executionSucceededEventDetails":{"output":"[]"}}`,
}

func page(events ...string) string { return `{"events":[` + strings.Join(events, ",") + `]}` }

// renameMembers applies rename to the names of all members.
func renameMembers(text string, rename func(string) string) string {
	parts := strings.Split(text, `":`)
	for i, part := range parts[:len(parts)-1] {
		at := strings.LastIndex(part, `"`) + 1
		parts[i] = part[:at] + rename(part[at:])
	}
	return strings.Join(parts, `":`)
}

func pascal(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

func snake(name string) string {
	var out strings.Builder
	for _, r := range name {
		if r >= 'A' && r <= 'Z' {
			out.WriteByte('_')
		}
		out.WriteString(strings.ToLower(string(r)))
	}
	return out.String()
}

// logLines returns fourEvents in the form that a state machine writes to CloudWatch Logs.
func logLines(arn string) []string {
	var lines []string
	for i, details := range []string{`"input":"{\"a\" : 1}","inputDetails":{"truncated":false}`,
		`"name":"First","input":"{\"a\" : 1}"`, `"name":"First","output":"[]"`, `"output":"[]"`} {
		kind := []string{"ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"}[i]
		lines = append(
			lines,
			fmt.Sprintf(
				`{"id":"%d","type":"%s","details":{%s},"previous_event_id":"%d","event_timestamp":"%d","execution_arn":"%s",`+
					`"redrive_count":"0"}`,
				i+1,
				kind,
				details,
				[]int{0, 0, 2, 3}[i],
				1714557600120+1000*i,
				arn,
			),
		)
	}
	return lines
}

func quotedJSON(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// formatEach formats each text.
func formatEach(format string, texts []string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = fmt.Sprintf(format, text)
	}
	return out
}

func TestParseShapes(t *testing.T) {
	t.Parallel()
	want, err := Parse([]byte(page(fourEvents...)))
	if err != nil {
		t.Fatal(err)
	}
	lines := logLines(standardARN)
	var messages []string
	for _, line := range lines {
		messages = append(messages, quotedJSON(line))
	}
	wantWithARN := want
	wantWithARN.Name, wantWithARN.ARN = "x", standardARN
	description := `{"executionArn":"` + standardARN + `","name":"x","status":"SUCCEEDED","startDate":1714557600.12,` +
		`"stopDate":1714557603.12,"input":"{\"a\" : 1}","output":"[]"}`
	joined := strings.Join(fourEvents, ",")
	for name, test := range map[string]struct {
		text string
		want Execution
	}{
		"indented": {strings.NewReplacer(`":`, `": `, `,"`, ",\n  \"", `{"`, "{\n  \"").Replace(page(fourEvents...)),
			want},
		"null members": {strings.ReplaceAll(page(fourEvents...), `"type"`,
			`"mapRunStartedEventDetails":null,"LambdaFunctionFailedEventDetails":null,"type"`), want},
		"Go": {`{"Events":[` + renameMembers(joined, pascal) + `],"NextToken":null,"ResultMetadata":{}}`, want},
		".NET": {`{"Events":[` + strings.NewReplacer(`"Type":"`, `"Type":{"Value":"`, `","Id"`,
			`"},"Id"`).Replace(renameMembers(joined, pascal)) + `]}`, want},
		"Ruby": {`{"events":[` + renameMembers(joined, snake) + `],"next_token":null}`, want},
		"Java's constants": {strings.NewReplacer("ExecutionStarted\"", "EXECUTION_STARTED\"", "PassStateEntered",
			"PASS_STATE_ENTERED").Replace(page(fourEvents...)), want},
		"decimal IDs": {strings.NewReplacer(`Id":2`, `Id":2.0`, `"id":3`, `"id":"3"`).Replace(page(fourEvents...)),
			want},
		"details as a string": {page(append([]string{strings.Replace(fourEvents[0],
			`{"input":"{\"a\" : 1}","inputDetails":{"truncated":false}}`,
			`"{\"input\":\"{\\\"a\\\" : 1}\",\"inputDetails\":{\"truncated\":false}}"`, 1)}, fourEvents[1:]...)...), want},
		"empty details": {strings.ReplaceAll(page(fourEvents...), `"type"`, `"mapRunStartedEventDetails":{},"type"`),
			want},
		"JSON lines":        {strings.Join(fourEvents, "\n"), want},
		"lines of pages":    {page(fourEvents[:2]...) + "\n" + page(fourEvents[2:]...), want},
		"pages in a list":   {"[" + page(fourEvents[2:]...) + "," + page(fourEvents[:2]...) + "]", want},
		"overlapping pages": {"[" + page(fourEvents[:3]...) + "," + page(fourEvents[1:]...) + "]", want},
		"newest first": {strings.Join([]string{fourEvents[3], fourEvents[2], fourEvents[1], fourEvents[0]}, "\n"),
			want},
		"YAML": {strings.ReplaceAll("events:\n- "+strings.Join(fourEvents, "\n- "), `":`, `": `), want},
		"YAML stream": {"- events:\n  - " + strings.ReplaceAll(strings.Join(fourEvents, "\n  - "), `":`, `": `),
			want},
		"HTTP body":            {`{"statusCode":200,"body":` + quotedJSON(page(fourEvents...)) + `}`, want},
		"PowerShell list":      {`{"value":[` + joined + `],"Count":4}`, want},
		"description first":    {description + "\n" + page(fourEvents...), wantWithARN},
		"description in list":  {"[" + page(fourEvents...) + "," + description + "]", wantWithARN},
		"describe and history": {`{"describe":` + description + `,"history":` + page(fourEvents...) + `}`, wantWithARN},
		"description in page":  {`{"execution":` + description + `,"events":[` + joined + `]}`, wantWithARN},

		"inspect output": {`{"name":"a","arn":"b","events":[` + strings.NewReplacer("executionStartedEventDetails",
			"details", "stateEnteredEventDetails", "details", "stateExitedEventDetails", "details",
			"executionSucceededEventDetails", "details").Replace(joined) + `]}`, want},
		"log lines":         {strings.Join(lines, "\n"), wantWithARN},
		"filter-log-events": {page(formatEach(`{"timestamp":1,"eventId":"3","message":%s}`, messages)...), wantWithARN},
		"messages":          {"[" + strings.Join(messages, ",") + "]", wantWithARN},
		"tab-separated":     {strings.Join(lines, "\t"), wantWithARN},
		"logs tail": {strings.Join(formatEach("2024-05-01T10:00:00.120000+00:00 states/m/2024-05-01-10-00/a %s", lines),
			"\n"), wantWithARN},
		"logs tail in color": {strings.Join(formatEach("\x1b[32m2024-05-01T10:00:00\x1b[0m %s", lines), "\n"), wantWithARN},
		"Insights": {`{"results":[` + strings.Join(formatEach(`[{"field":"@timestamp","value":"2024-05-01 `+
			`10:00:00.120"},{"field":"@message","value":%s},{"field":"@ptr","value":"C"}]`,
			messages), ",") + `]}`, wantWithARN},
		"Insights as JSON": {"[" + strings.Join(formatEach(`{"@timestamp":"2024-05-01 10:00:00.120","@message":%s}`, lines),
			",") + "]", wantWithARN},
		"CSV": {"timestamp,message\n" + strings.ReplaceAll(strings.Join(formatEach("1,'%s'", formatEach("%s", lines)),
			"\n"), `"`, `""`), wantWithARN},
		"subscription": {`{"messageType":"DATA_MESSAGE","logGroup":"g","logEvents":[` +
			strings.Join(formatEach(`{"id":"3","timestamp":1,"message":%s}`, messages), ",") + `]}`, wantWithARN},
		"log and history": {strings.Join(lines, "\n") + page(fourEvents...), wantWithARN},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "CSV" {
				test.text = strings.NewReplacer(`1,'`, `1,"`, `}'`, `}"`).Replace(test.text)
			}
			got, err := Parse([]byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, compareEvents); diff != "" {
				t.Errorf("the execution differs (-want +got):\n%s", diff)
			}
			for i, event := range got.Events {
				if details, want := string(event.Details()), string(test.want.Events[i].Details()); details != want {
					t.Errorf("event %d has the details %s, want %s", event.ID, details, want)
				}
			}
		})
	}
}

func TestParsePartialLog(t *testing.T) {
	t.Parallel()
	lines := logLines(expressARN)
	for name, test := range map[string]struct {
		text    string
		missing []Span
	}{
		"level ERROR":   {lines[2], []Span{{1, 2}, {4, 0}}},
		"still running": {strings.Join(lines[:3], "\n"), nil},
		"next token":    {`{"events":[{"message":` + quotedJSON(lines[0]) + `}],"nextToken":"t"}`, []Span{{2, 0}}},
		"start missing": {strings.Join(lines[2:], "\n"), []Span{{1, 2}}},
		"no input": {strings.Replace(strings.Join(lines[:3], "\n"),
			`"input":"{\"a\" : 1}","inputDetails":{"truncated":false}`, "", 1), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := Parse([]byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.missing, e.Missing); diff != "" || e.Name != "x" || e.ARN != expressARN || !e.Express() {
				t.Errorf("got name %s, ARN %s and Express %v, want x, %s and true; missing events (-want +got):\n%s",
					e.Name, e.ARN, e.Express(), expressARN, diff)
			}
		})
	}
}

func TestParseDescription(t *testing.T) {
	t.Parallel()
	description := func(fields string) string {
		return `{"executionArn":"` + standardARN + `","name":"x","startDate":"2024-05-01T10:00:00.120Z",` + fields + `}`
	}
	e, err := Parse(
		[]byte(
			page(fourEvents[:2]...) + description(`"status":"FAILED","stopDate":"2024-05-01T10:00:09Z","error":"E","cause":"c"`),
		),
	)
	if err != nil || e.Status != "FAILED" || e.Error != "E" || e.Cause != "c" || !e.End.Equal(time.Date(2024, 5, 1, 10,
		0, 9, 0, time.UTC)) {
		t.Errorf("got %+v and error %v, want the end and the error of the description", e, err)
	}
	if diff := cmp.Diff([]Span{{First: 3}}, e.Missing); diff != "" || e.Steps[0].Status != StepRunning {
		t.Errorf("got step status %s, want running; missing events (-want +got):\n%s", e.Steps[0].Status, diff)
	}
	e, err = Parse(
		[]byte(page(fourEvents[1:]...) +
			description(`"status":"SUCCEEDED","stopDate":"2024-05-01T10:00:03.120Z","input":"{}"`)),
	)
	if err != nil || e.Input != "{}" || !e.Start.Equal(time.Date(2024, 5, 1, 10, 0, 0, 120e6, time.UTC)) {
		t.Errorf("got start %v, input %s and error %v, want the start and input of the description", e.Start, e.Input, err)
	}
	later := strings.Replace(description(`"status":"RUNNING"`), "10:00:00", "10:00:09", 1)
	if _, err := Parse([]byte(page(fourEvents...) + later)); err == nil || !strings.Contains(err.Error(),
		"but it describes the execution x, which started at 2024-05-01 10:00:09.120 UTC") {
		t.Errorf("got error %v, want one about another execution's description", err)
	}
}

// TestParseDuplicateEvents parses a file that contains each event twice. One copy is as recorded.
// The other copy has a rounded time and no link.
func TestParseDuplicateEvents(t *testing.T) {
	t.Parallel()
	want, err := Parse([]byte(page(fourEvents...)))
	if err != nil {
		t.Fatal(err)
	}
	rounded := strings.ReplaceAll(strings.ReplaceAll(page(fourEvents...), ".120", ""), `"previousEventId":2`,
		`"previousEventId":null`)
	for _, text := range []string{rounded + page(fourEvents...), page(fourEvents...) + rounded} {
		got, err := Parse([]byte(text))
		if err != nil || got.Start != want.Start || len(got.Events) != len(want.Events) || got.Events[2].Previous != 2 {
			t.Errorf("got %+v and error %v, want %+v", got, err, want)
		}
	}
}

func TestParseMultipleExecutions(t *testing.T) {
	t.Parallel()
	later := strings.ReplaceAll(strings.Join(logLines(expressARN), "\n"), "17145576", "17145586")
	_, err := Parse([]byte(later + strings.Join(logLines(standardARN), "\n")))
	multiple := &MultipleExecutionsError{}
	if !errors.As(err, &multiple) || len(multiple.Executions) != 2 || multiple.Executions[0].ARN != standardARN ||
		multiple.Executions[1].ARN != expressARN {
		t.Errorf("log of two executions: got error %v, want both executions", err)
	}
	withARN := func(arn string) string { return `{"executionArn":"` + arn + `",` + page(fourEvents...)[1:] }
	_, err = Parse([]byte("[" + withARN(standardARN) + "," + withARN(expressARN) + "]"))
	if !errors.As(err, &multiple) || len(multiple.Executions) != 2 || multiple.Executions[1].ARN != expressARN {
		t.Errorf("histories with different ARNs: got error %v, want both executions", err)
	}
	other := strings.ReplaceAll(page(fourEvents...), ".120", ".127")
	format := &FormatError{}
	if _, err := Parse([]byte(page(fourEvents...) + other)); !errors.As(err, &format) || format.Kind != KindMixed ||
		!strings.Contains(err.Error(),
			"event 1 is both ExecutionStarted at 2024-05-01 10:00:00.120 UTC and ExecutionStarted at 2024-05-01 "+
				"10:00:00.127 UTC") {
		t.Errorf("mixed histories: got error %v, want one about event 1", err)
	}
}
