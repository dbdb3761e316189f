// Package functionlog reads the lines that a Lambda function logged during one execution.
package functionlog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// margin extends the searched time span: the clocks of Step Functions and Lambda may differ, and
// Lambda reports after the end of an invocation.
const margin = time.Minute

// Record is one line of the log.
type Record struct {
	Time time.Time
	Text string // usually JSON
}

// Read returns the records of a trace in a log group, sorted by time. The end is zero for a running
// execution.
func Read(ctx context.Context, cfg aws.Config, group, traceID string, start, end time.Time) ([]Record, error) {
	if !end.IsZero() {
		end = end.Add(margin)
	}
	records, err := read(ctx, cfg, span(group, start.Add(-margin), end, aws.String(pattern(traceID))))
	return slices.DeleteFunc(records, func(r Record) bool { // some endpoints ignore the pattern
		return !strings.Contains(r.Text, traceID)
	}), err
}

// ReadAll returns the records of every caller of the function between two times. Nothing in them
// says which execution they belong to.
func ReadAll(ctx context.Context, cfg aws.Config, group string, start, end time.Time) ([]Record, error) {
	return read(ctx, cfg, span(group, start, end, nil))
}

// span asks for the records between two times. The end may be zero.
func span(group string, start, end time.Time, pattern *string) *cloudwatchlogs.FilterLogEventsInput {
	in := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group, FilterPattern: pattern,
		StartTime: aws.Int64(start.UnixMilli())}
	if !end.IsZero() {
		in.EndTime = aws.Int64(end.UnixMilli())
	}
	return in
}

func read(ctx context.Context, cfg aws.Config, in *cloudwatchlogs.FilterLogEventsInput) ([]Record, error) {
	var records []Record
	// A page may be empty although more follow:
	// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(cloudwatchlogs.NewFromConfig(cfg), in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot read the log group %s: %w", *in.LogGroupName, err)
		}
		for _, event := range page.Events {
			records = append(records, Record{time.UnixMilli(aws.ToInt64(event.Timestamp)).UTC(),
				strings.TrimSpace(aws.ToString(event.Message))})
		}
	}
	return records, nil
}

// pattern returns the filter for the lines of a trace. It matches the lines of this project's
// function, and Lambda's own lines about invocations, which have the whole trace header:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#TraceContext
func pattern(traceID string) string {
	return fmt.Sprintf(`{ ($.traceId = %q) || ($.record.tracing.value = "*%s*") }`, traceID, traceID)
}
