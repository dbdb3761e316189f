package functionlog

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

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

func requireInput(t *testing.T, got *cloudwatchlogs.FilterLogEventsInput, want cloudwatchlogs.FilterLogEventsInput) {
	t.Helper()
	if diff := cmp.Diff(want, *got, cmpopts.IgnoreUnexported(want)); diff != "" {
		t.Errorf("the request differs (-want +got):\n%s", diff)
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(filterLogEvents,
		eventsPage("2"), eventsPage("3", `{"traceId":"1-a"}`+"\n", "other"), eventsPage("", "REPORT 1-a"))
	start := awsstub.Created
	got, err := Read(t.Context(), stub.Config(), "/aws/lambda/F", "1-a", start, start.Add(time.Second))
	want := []Record{{start, `{"traceId":"1-a"}`}, {start, "REPORT 1-a"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("got error %v and records (-want +got, empty if equal):\n%s", err, diff)
	}
	inputs := stub.Inputs(filterLogEvents)
	first, last := inputs[0].(*cloudwatchlogs.FilterLogEventsInput), inputs[2].(*cloudwatchlogs.FilterLogEventsInput)
	requireInput(t, first, cloudwatchlogs.FilterLogEventsInput{
		LogGroupName:  aws.String("/aws/lambda/F"),
		StartTime:     aws.Int64(start.Add(-time.Minute).UnixMilli()),
		EndTime:       aws.Int64(start.Add(61 * time.Second).UnixMilli()),
		FilterPattern: aws.String(`{ ($.traceId = "1-a") || ($.record.tracing.value = "*1-a*") }`),
	})
	if got := aws.ToString(last.NextToken); got != "3" {
		t.Errorf("last page: got token %q, want 3", got)
	}
}

func TestReadRunning(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(filterLogEvents, eventsPage(""))
	got, err := Read(t.Context(), stub.Config(), "/aws/lambda/F", "1-a", awsstub.Created, time.Time{})
	in := stub.Inputs(filterLogEvents)[0].(*cloudwatchlogs.FilterLogEventsInput)
	if len(got) != 0 || err != nil || in.EndTime != nil {
		t.Errorf("got %v (error %v) with end time %v, want no records and no end time", got, err, in.EndTime)
	}
}

func TestReadAll(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(filterLogEvents, eventsPage("", "other"))
	start, end := awsstub.Created, awsstub.Created.Add(time.Second)
	got, err := ReadAll(t.Context(), stub.Config(), "/aws/lambda/F", start, end)
	if err != nil || len(got) != 1 {
		t.Errorf("got %v (error %v), want one record", got, err)
	}
	requireInput(t, stub.Inputs(filterLogEvents)[0].(*cloudwatchlogs.FilterLogEventsInput),
		cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("/aws/lambda/F"),
			StartTime: aws.Int64(start.UnixMilli()), EndTime: aws.Int64(end.UnixMilli())})
}

func TestReadFails(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(filterLogEvents, awsstub.Denied())
	if _, err := Read(t.Context(), stub.Config(), "/aws/lambda/F", "1-a", awsstub.Created, time.Time{}); err == nil ||
		!strings.Contains(err.Error(), awsstub.DeniedText) {
		t.Errorf("got error %v, want one that contains %q", err, awsstub.DeniedText)
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
