package workflow

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
)

func TestTraceID(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ header, want string }{
		"root first": {`, "traceHeader": "Root=1-5f84c7a3-4f1d2e3a4b5c6d7e8f901234;Sampled=1"`,
			"1-5f84c7a3-4f1d2e3a4b5c6d7e8f901234"},
		"root last": {`, "traceHeader": "Parent=53995c3f42cd8ad8; Root=1-a-b"`, "1-a-b"},
		"no root":   {`, "traceHeader": "Sampled=0"`, ""},
		"no header": {``, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On("SFN.DescribeExecution", awsstub.JSON(`{"status": "RUNNING"`+test.header+`}`))
			stub.On("SFN.GetExecutionHistory", awsstub.JSON(`{"events": []}`))
			if e, err := Read(t.Context(), stub.Config(), "arn:a"); e.TraceID != test.want || err != nil {
				t.Errorf("got trace ID %q and error %v, want %q", e.TraceID, err, test.want)
			}
		})
	}
}

func TestTraceIDs(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On("SFN.DescribeExecution", func(call awsstub.Call) (*http.Response, error) {
		arn := *call.Input.(*sfn.DescribeExecutionInput).ExecutionArn
		return awsstub.JSON(`{"status": "RUNNING", "traceHeader": "Root=1-` + arn + `"}`)(call)
	})
	var progress []int
	ids, err := TraceIDs(t.Context(), stub.Config(), []string{"a", "b"}, func(n int) { progress = append(progress, n) })
	if diff := cmp.Diff([]string{"1-a", "1-b"}, ids); diff != "" || err != nil || !slices.Equal(progress, []int{1, 2}) {
		t.Errorf("got progress %v and error %v, want [1 2] and none; IDs (-want +got):\n%s", progress, err, diff)
	}
	stub.On("SFN.DescribeExecution", awsstub.Denied())
	if ids, err := TraceIDs(t.Context(), stub.Config(), []string{"a", "b"}, nil); len(ids) != 2 || err == nil ||
		!strings.Contains(err.Error(), awsstub.DeniedText) {
		t.Errorf("got IDs %q and error %v, want two IDs and %s", ids, err, awsstub.DeniedText)
	}
}
