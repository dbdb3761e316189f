package history

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	smithytime "github.com/aws/smithy-go/time"
)

// FormatError is JSON that is not a history.
type FormatError struct{ Reason string }

func (e *FormatError) Error() string { return e.Reason }

// Parse reads what `aws stepfunctions get-execution-history` prints, or its list of events alone. Version 2 of the AWS CLI
// writes times by ISO 8601, version 1 as seconds since 1970: https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-types.html
// The error is a *json.SyntaxError for what is not JSON, and a *FormatError for JSON that is no history.
func Parse(data []byte) (Execution, error) {
	var document struct {
		Events    []map[string]json.RawMessage `json:"events"`
		NextToken string                       `json:"nextToken"`
	}
	var list any = &document
	if bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("[")) {
		list = &document.Events
	}
	if err := json.Unmarshal(data, list); err != nil {
		if syntax, ok := err.(*json.SyntaxError); ok {
			return Execution{}, syntax
		}
		return Execution{}, &FormatError{Reason: "it is JSON, but not a list of events"}
	}
	if len(document.Events) == 0 {
		return Execution{}, &FormatError{Reason: "it has no events"}
	}
	events := make([]Event, len(document.Events))
	for i, fields := range document.Events {
		event, err := parseEvent(fields)
		if err != nil {
			return Execution{}, &FormatError{Reason: fmt.Sprintf("event %d of its list has %v", i+1, err)}
		}
		events[i] = event
	}
	newestFirst := events[0].ID > events[len(events)-1].ID
	e := build(events)
	if last := e.Events[len(e.Events)-1].ID; document.NextToken != "" && last > 0 && !newestFirst {
		e.Missing = append(e.Missing, Span{First: last + 1})
	}
	return e, nil
}

func parseEvent(fields map[string]json.RawMessage) (e Event, err error) {
	if json.Unmarshal(fields["type"], &e.Type) != nil || e.Type == "" {
		return e, &FormatError{Reason: "no type"}
	}
	if e.ID, err = parseID(fields["id"]); err != nil {
		return e, err
	}
	if e.Previous, err = parseID(fields["previousEventId"]); err != nil {
		return e, err
	}
	if e.Time, err = parseTime(fields["timestamp"]); err != nil {
		return e, err
	}
	e.Details = detailsIn(fields)
	return e, nil
}

// parseID reads an event's ID, which may be missing.
func parseID(text json.RawMessage) (int64, error) {
	if len(text) == 0 {
		return 0, nil
	}
	id, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return 0, &FormatError{Reason: fmt.Sprintf("the ID %s, which is no whole number", text)}
	}
	return id, nil
}

// parseTime reads a timestamp in either form. AWS records milliseconds.
func parseTime(text json.RawMessage) (time.Time, error) {
	var (
		seconds float64
		iso     time.Time
	)
	switch {
	case len(text) == 0:
		return time.Time{}, &FormatError{Reason: "no timestamp"}
	case json.Unmarshal(text, &seconds) == nil && string(text) != "null":
		return smithytime.ParseEpochSeconds(seconds).UTC(), nil
	case json.Unmarshal(text, &iso) == nil && !iso.IsZero():
		return iso.UTC(), nil
	default:
		return time.Time{}, &FormatError{Reason: fmt.Sprintf("the timestamp %s, which is none", text)}
	}
}

// detailsIn is the one field besides those that every event has: stateEnteredEventDetails, for example. An event of a kind
// that is yet to come may have other fields, which are its details then.
func detailsIn(fields map[string]json.RawMessage) json.RawMessage {
	others := map[string]json.RawMessage{}
	for name, value := range fields {
		switch name {
		case "id", "previousEventId", "timestamp", "type":
		default:
			others[name] = value
		}
	}
	if len(others) == 0 {
		return nil
	}
	for name, value := range others {
		if len(others) == 1 && strings.HasSuffix(name, "EventDetails") {
			return value
		}
	}
	all, _ := json.Marshal(others) // it has just been unmarshalled
	return all
}
