package history

import (
	"cmp"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/tidwall/gjson"
)

// description holds the fields of a DescribeExecution response that supplement a history:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
type description struct {
	arn, name                   string
	status                      types.ExecutionStatus
	start, stop                 time.Time
	input, output, error, cause string
}

// description parses an execution's description. ok reports whether the fields describe an
// execution.
func (f fields) description() (d description, ok bool) {
	if f.arn.Str == "" || f.typ.Exists() {
		return d, false
	}
	var startDate gjson.Result
	for _, member := range f.others {
		switch normalize(member.name) {
		case "name":
			d.name = member.value.Str
		case "status":
			d.status = types.ExecutionStatus(textOf(member.value))
		case "startdate":
			startDate = member.value
		case "stopdate":
			d.stop, _ = parseTime(member.value)
		case "input":
			d.input = member.value.String()
		case "output":
			d.output = member.value.String()
		case "error":
			d.error = member.value.String()
		case "cause":
			d.cause = member.value.String()
		}
	}
	d.arn = f.arn.Str
	start, err := parseTime(startDate)
	d.start = start
	return d, err == nil && d.status != ""
}

// descriptionOf returns the description of a recording's execution. If the file has none, the
// description is empty.
func (c *fileContents) descriptionOf(r *recording) (found description, err error) {
	for _, d := range c.descriptions {
		if r.arn == d.arn || r.arn == "" && len(c.recordings) == 1 {
			if found.arn != "" && found.arn != d.arn {
				return d, mixedError("it has one history, but describes the executions %s and %s",
					executionName(found.arn), executionName(d.arn))
			}
			found = d
		}
	}
	if found.arn == "" {
		return found, nil
	}
	for _, event := range r.events {
		farFromStart := event.Time.Sub(found.start).Abs() >= 2*time.Second
		if farFromStart && event.Type == types.HistoryEventTypeExecutionStarted {
			return found, mixedError("its history starts at %s, but it describes the execution %s, which started at %s",
				formatTime(event.Time), executionName(found.arn), formatTime(found.start))
		}
	}
	return found, nil
}

// applyDescription fills in the fields that the events lack. If only the description reports the
// end of the execution, the steps keep their status.
func (b *builder) applyDescription(d description) {
	b.Name, b.ARN = d.name, d.arn
	if b.Start.IsZero() {
		b.Start = d.start
	}
	b.Input = cmp.Or(b.Input, d.input)
	running := d.status == "" || d.status == types.ExecutionStatusRunning ||
		d.status == types.ExecutionStatusPendingRedrive
	if !b.Ended() && !running && !d.stop.IsZero() {
		b.Status, b.End = d.status, d.stop
	}
	if b.Ended() && b.Status == d.status {
		b.Output, b.Error, b.Cause = cmp.Or(b.Output, d.output), cmp.Or(b.Error, d.error), cmp.Or(b.Cause, d.cause)
	}
}
