package workflow

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// traceID returns the ID of the execution's X-Ray trace, or "" if Step Functions does not return
// it. The ID is the field Root of the trace header:
// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
func (d *description) traceID() string {
	for field := range strings.SplitSeq(aws.ToString(d.TraceHeader), ";") {
		if root, found := strings.CutPrefix(strings.TrimSpace(field), "Root="); found {
			return root
		}
	}
	return ""
}

// TraceIDs returns the trace ID of each execution. If a read fails, the missing IDs are "".
// TraceIDs calls onDone with the number of IDs read so far. These calls never overlap.
func TraceIDs(ctx context.Context, cfg aws.Config, executionARNs []string, onDone func(int)) ([]string, error) {
	ids := make([]string, len(executionARNs))
	known := 0
	read := func(ctx context.Context, arn string) (string, error) {
		described, err := describe(ctx, sfn.NewFromConfig(cfg), arn)
		if err != nil {
			return "", err
		}
		return described.traceID(), nil
	}
	err := readEach(ctx, executionARNs, read, func(i int, id string) error {
		ids[i] = id
		known++
		onDone(known)
		return nil
	})
	return ids, err
}
