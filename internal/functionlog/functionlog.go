// Package functionlog reads the lines that a Lambda function logged during one execution.
package functionlog

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// margin widens the time span that is searched: the clocks of Step Functions and Lambda may differ,
// and Lambda reports after the end of an invocation.
const margin = time.Minute

// Record is one line of the log.
type Record struct {
	Time time.Time
	Text string // as it was logged, usually JSON
}

// Read returns the records of a trace in a log group, in the order of their times. An execution that
// runs has no end: its time is zero.
func Read(ctx context.Context, cfg aws.Config, group, traceID string, start, end time.Time) ([]Record, error) {
	in := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group, FilterPattern: aws.String(pattern(traceID)),
		StartTime: aws.Int64(start.Add(-margin).UnixMilli())}
	if !end.IsZero() {
		in.EndTime = aws.Int64(end.Add(margin).UnixMilli())
	}
	var records []Record
	// A page may be empty although more follow:
	// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(cloudwatchlogs.NewFromConfig(cfg), in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot read the log group %s: %w", group, err)
		}
		for _, event := range page.Events {
			text := strings.TrimSpace(aws.ToString(event.Message))
			if strings.Contains(text, traceID) { // some endpoints ignore the pattern
				records = append(records, Record{time.UnixMilli(aws.ToInt64(event.Timestamp)).UTC(), text})
			}
		}
	}
	return records, nil
}

// pattern returns the filter for the lines of a trace: those of this project's function, and Lambda's
// own lines about its invocations, which have the whole trace header.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#TraceContext
func pattern(traceID string) string {
	return fmt.Sprintf(`{ ($.traceId = %q) || ($.record.tracing.value = "*%s*") }`, traceID, traceID)
}
