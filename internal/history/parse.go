package history

import (
	"encoding/json"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	smithytime "github.com/aws/smithy-go/time"
	"github.com/tidwall/gjson"
)

// FormatError is JSON that is not a history.
type FormatError struct{ Reason string }

func (e *FormatError) Error() string { return e.Reason }

// Parse reads what `aws stepfunctions get-execution-history` prints, or its list of events alone. Version 2 of the AWS CLI
// writes times by ISO 8601, version 1 as seconds since 1970: https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-types.html
// The error is a *json.SyntaxError for what is not JSON, and a *FormatError for JSON that is no history.
func Parse(data []byte) (Execution, error) {
	if !json.Valid(data) {
		var nothing json.RawMessage
		return Execution{}, json.Unmarshal(data, &nothing)
	}
	document := gjson.ParseBytes(data)
	list, more := document, false
	for name, value := range members(document) {
		switch {
		case strings.EqualFold(name, "events"):
			list = value
		case strings.EqualFold(name, "nextToken"): // of a page; the AWS CLI writes it with a capital letter
			more = value.Str != ""
		}
	}
	if !list.IsArray() {
		return Execution{}, &FormatError{Reason: "it is JSON, but has no list of events"}
	}
	var events []Event
	for _, fields := range list.ForEach {
		event, err := parseEvent(fields)
		if err != nil {
			return Execution{}, &FormatError{Reason: fmt.Sprintf("event %d of its list has %v", len(events)+1, err)}
		}
		events = append(events, event)
	}
	if len(events) == 0 {
		return Execution{}, &FormatError{Reason: "its list of events is empty"}
	}
	newestFirst := events[0].ID > events[len(events)-1].ID
	e := build(events, nil)
	if last := e.Events[len(e.Events)-1].ID; more && last > 0 && !newestFirst {
		e.Missing = append(e.Missing, Span{First: last + 1})
	}
	return e, nil
}

// members are those of an object, by their names; of anything else there are none.
func members(object gjson.Result) iter.Seq2[string, gjson.Result] {
	return func(yield func(string, gjson.Result) bool) {
		if object.IsObject() {
			object.ForEach(func(name, value gjson.Result) bool { return yield(name.Str, value) })
		}
	}
}

// parseEvent reads an event. What is not one of the fields that every event has are its details: stateEnteredEventDetails,
// for example. Of a kind that is yet to come they may be several fields, and then they are an object of these.
func parseEvent(fields gjson.Result) (e Event, err error) {
	var (
		timestamp gjson.Result
		names     []string
		values    []json.RawMessage
	)
	for name, value := range members(fields) {
		switch name {
		case "type":
			e.Type = types.HistoryEventType(value.Str)
		case "id":
			e.ID, err = parseID(value)
		case "previousEventId":
			e.Previous, err = parseID(value)
		case "timestamp":
			timestamp = value
		default:
			names, values = append(names, name), append(values, json.RawMessage(value.Raw))
		}
		if err != nil {
			return e, err
		}
	}
	if e.Type == "" {
		return e, &FormatError{Reason: "no type"}
	}
	if len(names) == 1 && strings.HasSuffix(names[0], "EventDetails") {
		e.json = values[0]
	} else if len(names) > 0 {
		object := map[string]json.RawMessage{}
		for i, name := range names {
			object[name] = values[i]
		}
		e.json, _ = json.Marshal(object) // what is in it is valid
	}
	e.Time, err = parseTime(timestamp)
	return e, err
}

// parseID reads the ID of an event.
func parseID(value gjson.Result) (int64, error) {
	id, err := strconv.ParseInt(value.Raw, 10, 64)
	if err != nil {
		return 0, &FormatError{Reason: fmt.Sprintf("the ID %s, which is no whole number", value.Raw)}
	}
	return id, nil
}

// parseTime reads a timestamp in either form. AWS records milliseconds.
func parseTime(value gjson.Result) (time.Time, error) {
	if !value.Exists() {
		return time.Time{}, &FormatError{Reason: "no timestamp"}
	}
	if seconds, err := strconv.ParseFloat(value.Raw, 64); err == nil {
		return smithytime.ParseEpochSeconds(seconds).UTC(), nil
	}
	if at, err := time.Parse(time.RFC3339, value.Str); err == nil {
		return at.UTC(), nil
	}
	return time.Time{}, &FormatError{Reason: fmt.Sprintf("the timestamp %s, which is none", value.Raw)}
}
