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

// Event is one recorded event:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
type Event struct {
	ID       int64 // from 1; 0 if unknown
	Previous int64 // ID of the event that led to this event; 0 if none or unknown
	Time     time.Time
	Type     types.HistoryEventType
	State    string // name of the state; empty for events of the execution itself

	json       json.RawMessage // details read from a file
	sdkDetails any             // details from the SDK: a pointer to an SDK structure
}

// Details returns the event's details as JSON with the API's names, or nil if the event has none.
func (e Event) Details() json.RawMessage {
	if e.sdkDetails == nil {
		return e.json
	}
	text, _ := json.Marshal(apiValue(reflect.ValueOf(e.sdkDetails))) // SDK structures always marshal
	return text
}

// details holds the details that this package uses.
type details struct {
	name, state, input, output, err, cause string
	index                                  int
}

// details reads the event's details. Missing details stay empty.
func (e Event) details() (d details) {
	if e.sdkDetails != nil {
		d.readSDK(reflect.ValueOf(e.sdkDetails).Elem())
		return d
	}
	for name, value := range members(gjson.ParseBytes(e.json)) {
		if name == "index" {
			d.index = int(value.Int()) // zero if the value is not a number
			continue
		}
		if field := d.textField(name); field != nil {
			*field = value.String()
		}
	}
	return d
}

// textField returns a pointer to the text detail with this name, or nil for other names.
func (d *details) textField(name string) *string {
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

// readSDK copies the details from an SDK structure.
func (d *details) readSDK(recorded reflect.Value) {
	for _, member := range detailMembers[recorded.Type()] {
		if value := recorded.Field(member.index); member.name == "index" {
			d.index = int(value.Int())
		} else {
			*d.textField(member.name) = aws.ToString(value.Interface().(*string))
		}
	}
}

func fromSDK(event *types.HistoryEvent) Event {
	converted := Event{ID: event.Id, Previous: event.PreviousEventId, Time: aws.ToTime(event.Timestamp), Type: event.Type}
	fields := reflect.ValueOf(event).Elem()
	for _, i := range detailFields {
		if field := fields.Field(i); !field.IsNil() {
			converted.sdkDetails = field.Interface()
			break
		}
	}
	return converted
}

// sdkField is a field of an SDK details structure.
type sdkField struct {
	index int
	name  string // the API's name
}

// detailFields holds the indexes of the fields of types.HistoryEvent that contain details.
// detailMembers holds the fields to read from each details structure.
var detailFields, detailMembers = findDetails(reflect.TypeFor[types.HistoryEvent]())

func findDetails(event reflect.Type) (fields []int, members map[reflect.Type][]sdkField) {
	members = map[reflect.Type][]sdkField{}
	for i := range event.NumField() {
		if !strings.HasSuffix(event.Field(i).Name, "EventDetails") {
			continue
		}
		fields = append(fields, i)
		structure := event.Field(i).Type.Elem()
		for f := range structure.NumField() {
			if name := apiFieldName(structure.Field(f)); name == "index" || (&details{}).textField(name) != nil {
				members[structure] = append(members[structure], sdkField{f, name})
			}
		}
	}
	return fields, members
}

// apiFieldName returns the API's name of an SDK field. The two names differ only in the first
// letter.
func apiFieldName(field reflect.StructField) string {
	return strings.ToLower(field.Name[:1]) + field.Name[1:]
}

// apiValue converts an SDK structure to a map with the API's names. It omits unset fields.
func apiValue(value reflect.Value) any {
	switch value.Kind() {
	case reflect.Pointer:
		return apiValue(value.Elem())
	case reflect.Struct:
		object := map[string]any{}
		for i := range value.NumField() {
			field, member := value.Type().Field(i), value.Field(i)
			unset := (member.Kind() == reflect.Pointer || member.Kind() == reflect.Map) && member.IsNil()
			if field.IsExported() && !unset {
				object[apiFieldName(field)] = apiValue(member)
			}
		}
		return object
	default:
		return value.Interface()
	}
}
