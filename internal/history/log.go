package history

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// logPrefix matches the time and log stream before a message in the output of `aws logs tail` and
// in logs exported to S3.
var logPrefix = regexp.MustCompile(`(?m)^[0-9]{4}-[0-9]{2}-[0-9]{2}T\S+[ \t]+(\S+[ \t]+)?\{`)

var colorCode = regexp.MustCompile("\x1b\\[[0-9;]*m")

// removePrefixes removes the prefixes and color codes of log lines that contain JSON.
func removePrefixes(text []byte) []byte {
	start := textStart(text)
	if strings.HasPrefix(start, "\x1b[") {
		text = colorCode.ReplaceAll(text, nil)
		start = textStart(text)
	}
	if start == "" || start[0] < '0' || start[0] > '9' {
		return text
	}
	return logPrefix.ReplaceAll(text, []byte("{"))
}

// csvRecords returns the log messages from a CSV file that the CloudWatch Logs console wrote.
func csvRecords(text []byte) (records []string, ok bool) {
	header, _, _ := strings.Cut(textStart(text), "\n")
	if !slices.ContainsFunc(strings.Split(header, ","), isMessageColumn) {
		return nil, false
	}
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return nil, false
	}
	column := slices.IndexFunc(lines[0], isMessageColumn) // -1 if "message" is only part of a quoted name
	if column < 0 {
		return nil, false
	}
	for _, line := range lines[1:] {
		record, _ := json.Marshal(map[string]string{"message": line[column]}) // strings always marshal
		records = append(records, string(record))
	}
	return records, true
}

// isMessageColumn reports whether a CSV column holds log messages.
func isMessageColumn(name string) bool { return strings.Trim(name, "\"@ \r") == "message" }

// addMessage adds the event that a log record contains as JSON. If the record contains no event,
// addMessage sets notHistoryErr.
func (c *fileContents) addMessage(f fields, depth int) error {
	inner, ok := jsonIn(f.message)
	if event := fieldsOf(inner); (ok || inner.IsObject()) && depth < maxDepth && event.typ.Exists() {
		return c.add(inner, false, depth+1)
	}
	c.notHistoryErr = &FormatError{Kind: KindLog,
		Reason: "it is a log, but not of a state machine; one of its messages is: " + shortened(f.message.String())}
	return nil
}

// insightsRows returns the rows of a CloudWatch Logs Insights result:
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
func (f fields) insightsRows() (rows []gjson.Result, ok bool) {
	if !f.results.IsArray() {
		return nil, false
	}
	for _, row := range f.results.ForEach {
		if !row.IsArray() {
			return nil, false
		}
		rows = append(rows, row)
	}
	return rows, true
}

// addRows adds the event in each row. The event is either in the @message column or spread over
// the other columns.
func (c *fileContents) addRows(rows []gjson.Result, depth int) error {
	c.listCount++
	for _, row := range rows {
		event, details := map[string]json.RawMessage{}, map[string]json.RawMessage{}
		for _, column := range row.ForEach {
			name, value := column.Get("field").Str, json.RawMessage(column.Get("value").Raw)
			switch inner, ok := strings.CutPrefix(name, "details."); {
			case len(value) == 0 || name == "@ptr":
			case ok:
				details[inner] = value
			default:
				event[name] = value
			}
		}
		if len(details) > 0 {
			event["details"], _ = json.Marshal(details) // valid values always marshal
		}
		if event["event_timestamp"] == nil && event["@timestamp"] != nil {
			event["event_timestamp"] = event["@timestamp"]
		}
		text, _ := json.Marshal(event)
		f := fieldsOf(gjson.ParseBytes(text))
		switch {
		case f.message.Exists():
			if err := c.addMessage(f, depth+1); err != nil {
				return err
			}
		case f.typ.Exists():
			if err := c.addEvent(f); err != nil {
				return err
			}
		default:
			c.notHistoryErr = &FormatError{Reason: "it is a query result without the column @message", Kind: KindLog}
		}
	}
	return nil
}
