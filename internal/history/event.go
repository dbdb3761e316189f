package history

import (
	"encoding/json"
	"reflect"
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
	State    string // the state that it belongs to; empty for those of the execution itself

	json     json.RawMessage // the details from a file
	recorded any             // the details from the SDK: a pointer to one of its structures
}

// Details returns the details that AWS records, as JSON with AWS's names. It returns nil if there
// are none.
func (e Event) Details() json.RawMessage {
	if e.recorded == nil {
		return e.json
	}
	text, _ := json.Marshal(onWire(reflect.ValueOf(e.recorded))) // strings, numbers and maps of them always marshal
	return text
}

// details are the parts of an event's details that this package reads. They have the same names whatever the event.
type details struct {
	name, state, input, output, err, cause string
	index                                  int
}

// details reads an event's details. Any event may come without them, or with others than expected, and then they are
// empty: what there is to be known of it is its kind and its time.
func (e Event) details() (d details) {
	if e.recorded != nil {
		d.read(reflect.ValueOf(e.recorded).Elem())
		return d
	}
	for name, value := range members(gjson.ParseBytes(e.json)) {
		if name == "index" {
			d.index = int(value.Int()) // zero if it is none
			continue
		}
		if field := d.text(name); field != nil {
			*field = value.String()
		}
	}
	return d
}

// text returns the field for the detail with this name, or nil.
func (d *details) text(name string) *string {
	switch name {
	case "name":
		return &d.name
	case "state":
		return &d.state
	case "input":
		return &d.input
	case "output":
		return &d.output
	case "error":
		return &d.err
	case "cause":
		return &d.cause
	default:
		return nil
	}
}

// read reads one of the SDK's structures for details.
func (d *details) read(recorded reflect.Value) {
	for _, member := range detailMembers[recorded.Type()] {
		if value := recorded.Field(member.index); member.name == "index" {
			d.index = int(value.Int())
		} else {
			*d.text(member.name) = aws.ToString(value.Interface().(*string))
		}
	}
}

// fromSDK converts an event of the SDK.
func fromSDK(event *types.HistoryEvent) Event {
	plain := Event{ID: event.Id, Previous: event.PreviousEventId, Time: aws.ToTime(event.Timestamp), Type: event.Type}
	fields := reflect.ValueOf(event).Elem()
	for _, i := range detailFields {
		if field := fields.Field(i); !field.IsNil() {
			plain.recorded = field.Interface()
			break
		}
	}
	return plain
}

// member is a field of one of the SDK's structures for details that this package reads.
type member struct {
	index int
	name  string // of the API
}

// detailFields holds the indexes of the fields of types.HistoryEvent that hold details, and
// detailMembers the fields to read of each type of details.
var detailFields, detailMembers = detailsOf(reflect.TypeFor[types.HistoryEvent]())

func detailsOf(event reflect.Type) (fields []int, members map[reflect.Type][]member) {
	members = map[reflect.Type][]member{}
	for i := range event.NumField() {
		if !strings.HasSuffix(event.Field(i).Name, "EventDetails") {
			continue
		}
		fields = append(fields, i)
		structure := event.Field(i).Type.Elem()
		for f := range structure.NumField() {
			if name := wireName(structure.Field(f)); name == "index" || (&details{}).text(name) != nil {
				members[structure] = append(members[structure], member{f, name})
			}
		}
	}
	return fields, members
}

// wireName returns the API's name of a field. The SDK's names differ in their first letter alone.
func wireName(field reflect.StructField) string {
	return strings.ToLower(field.Name[:1]) + field.Name[1:]
}

// onWire converts a structure of the SDK to the names of the API. It omits fields that are not set.
func onWire(value reflect.Value) any {
	switch value.Kind() {
	case reflect.Pointer:
		return onWire(value.Elem())
	case reflect.Struct:
		object := map[string]any{}
		for i := range value.NumField() {
			field, member := value.Type().Field(i), value.Field(i)
			unset := (member.Kind() == reflect.Pointer || member.Kind() == reflect.Map) && member.IsNil()
			if field.IsExported() && !unset {
				object[wireName(field)] = onWire(member)
			}
		}
		return object
	default:
		return value.Interface()
	}
}
