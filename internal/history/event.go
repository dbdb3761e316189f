package history

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/tidwall/gjson"
)

// Event is one event as it was recorded: https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
type Event struct {
	ID       int64 // from one; zero where the history has none
	Previous int64 // the ID of the event that led to it; zero where none did, or the history does not say
	Time     time.Time
	Type     types.HistoryEventType
	State    string          // the state that it belongs to; empty for those of the execution itself
	Details  json.RawMessage // what AWS says of it, under AWS's names; nil where it says nothing
}

// details are the parts of an event's details that this package reads. They have the same names whatever the event.
type details struct {
	name, input, output, err, cause string
	index                           int
}

// details reads an event's details. Any event may come without them, or with others than expected, and then they are
// empty: what there is to be known of it is its kind and its time.
func (e Event) details() (d details) {
	for name, value := range members(gjson.ParseBytes(e.Details)) {
		switch name {
		case "name":
			d.name = value.Str
		case "input":
			d.input = value.Str
		case "output":
			d.output = value.Str
		case "error":
			d.err = value.Str
		case "cause":
			d.cause = value.Str
		case "index":
			d.index, _ = strconv.Atoi(value.Raw) // zero if it is none
		}
	}
	return d
}

// fromSDK gives an event of the SDK the form that it has on the wire.
func fromSDK(event types.HistoryEvent) Event {
	plain := Event{ID: event.Id, Previous: event.PreviousEventId, Time: aws.ToTime(event.Timestamp), Type: event.Type}
	fields := reflect.ValueOf(event)
	for i := range fields.NumField() {
		field := fields.Field(i)
		if field.Kind() == reflect.Pointer && !field.IsNil() && strings.HasSuffix(fields.Type().Field(i).Name, "EventDetails") {
			plain.Details, _ = json.Marshal(onWire(field.Elem())) // strings, numbers and maps of them always marshal
			break
		}
	}
	return plain
}

// onWire is a structure of the SDK under the names of the API, without what is not set. The SDK's names differ in their
// first letter alone.
func onWire(value reflect.Value) any {
	switch value.Kind() {
	case reflect.Pointer:
		return onWire(value.Elem())
	case reflect.Struct:
		object := map[string]any{}
		for i := range value.NumField() {
			field := value.Type().Field(i)
			if unset := value.Field(i); !field.IsExported() || unset.Kind() == reflect.Pointer && unset.IsNil() || unset.Kind() == reflect.Map && unset.IsNil() {
				continue
			}
			object[strings.ToLower(field.Name[:1])+field.Name[1:]] = onWire(value.Field(i))
		}
		return object
	default:
		return value.Interface()
	}
}
