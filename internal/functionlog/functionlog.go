// Package functionlog reads log records of a Lambda function and formats them.
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

// margin extends the searched time span at both ends. The clocks of Step Functions and Lambda may
// differ, and Lambda writes a report after an invocation has ended.
const margin = time.Minute

// Record is one record of a log.
type Record struct {
	Time time.Time
	Text string // usually JSON
}

// Read returns the records of a trace in a log group, sorted by time. Pass a zero end time for a
// running execution.
func Read(ctx context.Context, cfg aws.Config, group, traceID string, start, end time.Time) ([]Record, error) {
	if !end.IsZero() {
		end = end.Add(margin)
	}
	records, err := readPages(ctx, cfg, filterInput(group, start.Add(-margin), end, aws.String(filterPattern(traceID))))
	return slices.DeleteFunc(records, func(r Record) bool { // some endpoints ignore the filter pattern
		return !strings.Contains(r.Text, traceID)
	}), err
}

// ReadAll returns all records between two times, whoever called the function. Nothing in the
// records identifies the execution.
func ReadAll(ctx context.Context, cfg aws.Config, group string, start, end time.Time) ([]Record, error) {
	return readPages(ctx, cfg, filterInput(group, start, end, nil))
}

// filterInput returns the request for the records between two times. A zero end time means no
// limit.
func filterInput(group string, start, end time.Time, pattern *string) *cloudwatchlogs.FilterLogEventsInput {
	in := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group, FilterPattern: pattern,
		StartTime: aws.Int64(start.UnixMilli())}
	if !end.IsZero() {
		in.EndTime = aws.Int64(end.UnixMilli())
	}
	return in
}

func readPages(ctx context.Context, cfg aws.Config, in *cloudwatchlogs.FilterLogEventsInput) ([]Record, error) {
	var records []Record
	// A page may be empty even if more pages follow:
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

// filterPattern returns the filter for a trace's records. It matches the records that this
// project's function writes, and those that Lambda writes about invocations. Lambda's records
// contain the whole trace header:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#TraceContext
func filterPattern(traceID string) string {
	return fmt.Sprintf(`{ ($.traceId = %q) || ($.record.tracing.value = "*%s*") }`, traceID, traceID)
}
