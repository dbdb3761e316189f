package history

import (
	"fmt"
	"iter"
	"math"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/tidwall/gjson"

	"retrycatch/internal/safetext"
)

// fields holds the members of a JSON object that this package reads, in any spelling of their
// names. A null member counts as missing.
type fields struct {
	// Members of an event, from the API or from CloudWatch Logs:
	// https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
	typ, id, previous, time, arn gjson.Result

	list, token gjson.Result // members of a page of events
	message     gjson.Result // member of a log record
	results     gjson.Result // member of a CloudWatch Logs Insights result
	fromLog     bool         // the object has event_timestamp, which only logged events have
	others      []field      // all other members
}

type field struct {
	name  string
	value gjson.Result
}

// members iterates over an object's members. Values that are not objects have no members.
func members(object gjson.Result) iter.Seq2[string, gjson.Result] {
	return func(yield func(string, gjson.Result) bool) {
		if object.IsObject() {
			object.ForEach(func(name, value gjson.Result) bool { return yield(name.Str, value) })
		}
	}
}

// normalize makes spellings of a name equal: PreviousEventId, previous_event_id, previousEventID.
func normalize(name string) string { return separators.Replace(strings.ToLower(name)) }

var separators = strings.NewReplacer("_", "", "-", "")

// fieldsOf sorts an object's members into fields.
func fieldsOf(object gjson.Result) (f fields) {
	for name, value := range members(object) {
		if value.Type == gjson.Null {
			continue
		}
		if field := f.fieldFor(name); field != nil {
			*field = value
			continue
		}
		f.others = append(f.others, field{name, value})
	}
	return f
}

// fieldFor returns the field for a member's name, or nil. The API's own names need no
// normalization.
func (f *fields) fieldFor(name string) *gjson.Result {
	switch {
	case name == "timestamp", name == "type", name == "id":
	case name == "previousEventId":
		return &f.previous
	case name == "__type" || strings.HasSuffix(name, "EventDetails"): // __type is a member of AWS errors
		return nil
	default:
		name = normalize(name)
	}
	switch name {
	case "type":
		return &f.typ
	case "id":
		return &f.id
	case "previouseventid":
		return &f.previous
	case "timestamp":
		return &f.time
	case "eventtimestamp":
		f.fromLog = true
		return &f.time
	case "executionarn":
		return &f.arn
	case "events", "logevents":
		return &f.list
	case "nexttoken":
		return &f.token
	case "message", "@message":
		return &f.message
	case "results":
		return &f.results
	}
	return nil
}

// otherMember looks up a normalized name in others and returns the value of that member.
func (f fields) otherMember(name string) gjson.Result {
	for _, member := range f.others {
		if normalize(member.name) == name {
			return member.value
		}
	}
	return gjson.Result{}
}

func (f fields) event() (e Event, err error) {
	e.Type = typeOf(f.typ)
	if e.Type == "" {
		return e, &FormatError{Reason: "no type"}
	}
	if e.ID, err = parseID("ID", f.id); err != nil {
		return e, err
	}
	if e.Previous, err = parseID("previousEventId", f.previous); err != nil {
		return e, err
	}
	if e.json, err = f.detailsJSON(e.Type); err != nil {
		return e, err
	}
	e.Time, err = parseTime(f.time)
	kind := string(e.Type)
	mustNameState := strings.HasSuffix(kind, stateEntered) || strings.HasSuffix(kind, stateExited)
	if err == nil && mustNameState && gjson.GetBytes(e.json, "name").String() == "" {
		err = &FormatError{Reason: fmt.Sprintf("the type %s, but no state name", kind)}
	}
	return e, err
}

// knownTypes maps the names of event types and their normalized forms to the types. Java writes
// EXECUTION_STARTED.
var knownTypes = func() map[string]types.HistoryEventType {
	known := map[string]types.HistoryEventType{}
	for _, kind := range types.HistoryEventType("").Values() {
		known[string(kind)], known[normalize(string(kind))] = kind, kind
	}
	return known
}()

// typeOf returns the event type that a member contains, in any spelling.
func typeOf(value gjson.Result) types.HistoryEventType {
	text := textOf(value)
	if known, ok := knownTypes[text]; ok {
		return known
	}
	if known, ok := knownTypes[normalize(text)]; ok {
		return known
	}
	return types.HistoryEventType(text)
}

// textOf returns the text of a string, or of a .NET constant: {"Value": "Text"}.
func textOf(value gjson.Result) string {
	for name, inner := range members(value) {
		if strings.EqualFold(name, "value") {
			return inner.Str
		}
	}
	return value.Str
}

// parseID parses an event ID, which may be missing. Its error calls the ID by the given name. Some
// tools write integers as 1.0.
func parseID(name string, value gjson.Result) (int64, error) {
	if value.String() == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(value.String(), 10, 64)
	if err != nil {
		float, floatErr := strconv.ParseFloat(value.String(), 64)
		if id = int64(float); floatErr == nil && math.Abs(float) < 1e15 && float64(id) == float {
			err = nil
		}
	}
	if err != nil || id < 0 {
		return 0, &FormatError{Reason: fmt.Sprintf("the %s %s, which is not a positive whole number", name,
			shortened(value.Raw))}
	}
	return id, nil
}

// shortened shortens text for a message and removes unprintable characters.
func shortened(text string) string { return safetext.Short(text, 60) }
