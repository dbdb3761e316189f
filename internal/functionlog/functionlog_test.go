package functionlog

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
)

const filterLogEvents = "CloudWatch Logs.FilterLogEvents"

// eventsPage returns a response to FilterLogEvents: one page of messages.
func eventsPage(next string, texts ...string) awsstub.Answer {
	var list []string
	for i, text := range texts {
		list = append(list, fmt.Sprintf(`{"timestamp": %d, "message": %q}`, awsstub.Created.UnixMilli()+int64(i), text))
	}
	if next != "" {
		next = fmt.Sprintf(`, "nextToken": %q`, next)
	}
	return awsstub.JSON(`{"events": [` + strings.Join(list, ",") + `]` + next + `}`)
}

func TestRead(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(filterLogEvents,
		eventsPage("2"), eventsPage("3", `{"traceId":"1-a"}`+"\n", "other"), eventsPage("", "REPORT 1-a"))
	start := awsstub.Created
	got, err := Read(t.Context(), stub.Config(), "/aws/lambda/F", "1-a", start, start.Add(time.Second))
	want := []Record{{start, `{"traceId":"1-a"}`}, {start, "REPORT 1-a"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("got error %v, the records differ (-want +got):\n%s", err, diff)
	}
	inputs := stub.Inputs(filterLogEvents)
	first, last := inputs[0].(*cloudwatchlogs.FilterLogEventsInput), inputs[2].(*cloudwatchlogs.FilterLogEventsInput)
	if *first.LogGroupName != "/aws/lambda/F" || *first.StartTime != start.Add(-time.Minute).UnixMilli() ||
		*first.EndTime != start.Add(61*time.Second).UnixMilli() || aws.ToString(last.NextToken) != "3" ||
		*first.FilterPattern != `{ ($.traceId = "1-a") || ($.record.tracing.value = "*1-a*") }` {
		t.Errorf("got first input %+v and last input %+v", first, last)
	}
}

func TestReadRunning(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(filterLogEvents, eventsPage(""))
	got, err := Read(t.Context(), stub.Config(), "/aws/lambda/F", "1-a", awsstub.Created, time.Time{})
	in := stub.Inputs(filterLogEvents)[0].(*cloudwatchlogs.FilterLogEventsInput)
	if len(got) != 0 || err != nil || in.EndTime != nil {
		t.Errorf("got %v (error %v) with end time %v, want no end time", got, err, in.EndTime)
	}
	stub.On(filterLogEvents, eventsPage("", "other"))
	got, err = ReadAll(t.Context(), stub.Config(), "/aws/lambda/F", awsstub.Created, awsstub.Created.Add(time.Second))
	in = stub.Inputs(filterLogEvents)[1].(*cloudwatchlogs.FilterLogEventsInput)
	if err != nil || len(got) != 1 || in.FilterPattern != nil || *in.StartTime != awsstub.Created.UnixMilli() ||
		*in.EndTime != awsstub.Created.Add(time.Second).UnixMilli() {
		t.Errorf("got %v (error %v) for input %+v, want one record, both times and no filter", got, err, in)
	}
	stub.On(filterLogEvents, awsstub.Denied())
	if _, err := Read(t.Context(), stub.Config(), "/aws/lambda/F", "1-a", awsstub.Created, time.Time{}); err == nil ||
		!strings.Contains(err.Error(), awsstub.DeniedText) {
		t.Errorf("got error %v, want %s", err, awsstub.DeniedText)
	}
}

func TestLine(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, level, line string }{
		"function": {
			`{"timestamp":"2026-01-02T03:04:05Z","level":"ERROR","message":"the API call failed","requestId":"r",` +
				`"traceId":"1-a","statuscode":"429","errorMessage":"429 Too Many Requests","empty":""}`,
			"ERROR",
			`the API call failed statuscode=429 errorMessage="429 Too Many Requests" empty="" requestId=r`,
		},
		"Lambda": {
			`{"time":"t","type":"platform.report","record":{"requestId":"r","metrics":{"durationMs":1.25,` +
				`"billedDurationMs":2},"tracing":{"value":"Root=1-a"},"status":"success"}}`,
			"",
			`platform.report durationMs=1.25 billedDurationMs=2 status=success requestId=r`,
		},
		"plain text":       {"REPORT RequestId: r", "", "REPORT RequestId: r"},
		"array":            {"[1]", "", "[1]"},
		"truncated JSON":   {`{"level":`, "", `{"level":`},
		"list with quotes": {`{"msg":"m","list":[1, "a"]}`, "", `m list="[1, \"a\"]"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := Record{Text: test.text}.Line()
			if got := l.String(); got != test.line || l.Level != test.level {
				t.Errorf("got line %q with level %q, want %q with level %q", got, l.Level, test.line, test.level)
			}
		})
	}
}
