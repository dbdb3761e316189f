package history

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/tidwall/gjson"
)

// fields are the members of a JSON object that this package reads, whatever the style of their names.
// Members that are null count as absent.
type fields struct {
	// of an event: the API's, and CloudWatch Logs': https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
	typ, id, previous, time, arn gjson.Result

	list, token gjson.Result // of a page of events
	message     gjson.Result // of a record in a log
	results     gjson.Result // of CloudWatch Logs Insights
	log         bool         // it has event_timestamp, which only a log's events have
	others      []field
}

type field struct {
	name  string
	value gjson.Result
}

// members returns the members of an object by their names, and none of anything else.
func members(object gjson.Result) iter.Seq2[string, gjson.Result] {
	return func(yield func(string, gjson.Result) bool) {
		if object.IsObject() {
			object.ForEach(func(name, value gjson.Result) bool { return yield(name.Str, value) })
		}
	}
}

// plain removes what differs between styles of names: PreviousEventId, previous_event_id,
// previousEventID.
func plain(name string) string { return separators.Replace(strings.ToLower(name)) }

var separators = strings.NewReplacer("_", "", "-", "")

// fieldsOf sorts the members of an object.
func fieldsOf(object gjson.Result) (f fields) {
	for name, value := range members(object) {
		if value.Type == gjson.Null {
			continue
		}
		if into := f.named(name); into != nil {
			*into = value
			continue
		}
		f.others = append(f.others, field{name, value})
	}
	return f
}

// named returns the field with this name, or nil.
func (f *fields) named(name string) *gjson.Result {
	if name == "__type" || strings.HasSuffix(name, "EventDetails") { // the first is of an error
		return nil
	}
	if strings.ContainsAny(name, "_-") || strings.ToLower(name) != name {
		name = plain(name)
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
		f.log = true
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

// other returns the value of a member that is not one of the fields.
func (f fields) other(name string) gjson.Result {
	for _, member := range f.others {
		if plain(member.name) == name {
			return member.value
		}
	}
	return gjson.Result{}
}

// event reads an event.
func (f fields) event() (e Event, err error) {
	e.Type = typeOf(f.typ)
	if e.Type == "" {
		return e, &FormatError{Reason: "no type"}
	}
	if e.ID, err = parseID(f.id); err != nil {
		return e, err
	}
	if e.Previous, err = parseID(f.previous); err != nil {
		return e, err
	}
	if e.json, err = f.details(e.Type); err != nil {
		return e, err
	}
	e.Time, err = parseTime(f.time)
	if kind := string(e.Type); err == nil && (strings.HasSuffix(kind, stateEntered) || strings.HasSuffix(kind, stateExited)) &&
		e.details().name == "" {
		err = &FormatError{Reason: fmt.Sprintf("the type %s, but not the name of the state", kind)}
	}
	return e, err
}

// knownTypes holds the types of events by their names and their plain names. Java writes
// EXECUTION_STARTED.
var knownTypes = func() map[string]types.HistoryEventType {
	known := map[string]types.HistoryEventType{}
	for _, kind := range types.HistoryEventType("").Values() {
		known[string(kind)], known[plain(string(kind))] = kind, kind
	}
	return known
}()

// typeOf reads a type of an event. .NET writes an object with a value.
func typeOf(value gjson.Result) types.HistoryEventType {
	text := textOf(value)
	if known, ok := knownTypes[text]; ok {
		return known
	}
	if known, ok := knownTypes[plain(text)]; ok {
		return known
	}
	return types.HistoryEventType(text)
}

// textOf returns a text, also that of a constant of .NET: {"Value": "Text"}.
func textOf(value gjson.Result) string {
	for name, inner := range members(value) {
		if strings.EqualFold(name, "value") {
			return inner.Str
		}
	}
	return value.Str
}

// parseID reads the ID of an event, which may be missing. Tools that know no integers write 1.0.
func parseID(value gjson.Result) (int64, error) {
	if value.Type == gjson.Null {
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
		return 0, &FormatError{Reason: fmt.Sprintf("the ID %s, which is no whole number", shortened(value.Raw))}
	}
	return id, nil
}

// details returns the details of an event as compact JSON with the API's names. They are the member
// "…EventDetails", in a log "details". All other members together are the details of an event that
// has neither, of a kind that is yet to come.
func (f fields) details(kind types.HistoryEventType) (json.RawMessage, error) {
	var found []field
	for _, member := range f.others {
		if f.log && plain(member.name) == "details" || isDetails(member.name) && (member.value.Raw != "{}" || len(found) == 0) {
			found = append(found, member)
		}
	}
	if len(found) > 1 {
		found = slices.DeleteFunc(found, func(member field) bool { return member.value.Raw == "{}" })
	}
	if of := plain(string(kind) + "EventDetails"); len(found) > 1 {
		for _, member := range found {
			if plain(member.name) == of || strings.HasSuffix(of, plain(member.name)) {
				found = []field{member}
				break
			}
		}
	}
	switch {
	case len(found) > 0:
		return f.objectOf(found[0].value)
	case f.log || len(f.others) == 0:
		return nil, nil
	}
	out := bytes.NewBufferString("{")
	for _, member := range f.others {
		writeMember(out, member.name, member.value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

func isDetails(name string) bool {
	return strings.HasSuffix(name, "EventDetails") || strings.HasSuffix(plain(name), "eventdetails")
}

// objectOf returns details as compact JSON. They may be a text that holds the object.
func (f fields) objectOf(value gjson.Result) (json.RawMessage, error) {
	if value.Type == gjson.String && gjson.Valid(value.Str) {
		value = gjson.Parse(value.Str)
	}
	switch {
	case !value.IsObject():
		return nil, &FormatError{Reason: fmt.Sprintf("details that are no object but %s: a tool cut them off", shortened(value.Raw)), Kind: KindCutOff}
	case f.log && isEmpty(value):
		return nil, nil
	}
	return compact(value), nil
}

func isEmpty(object gjson.Result) bool {
	for range members(object) {
		return false
	}
	return true
}

// compact writes an object without white space and null members, its names as the API has them.
func compact(object gjson.Result) json.RawMessage {
	if isCompact(object) {
		return json.RawMessage(object.Raw)
	}
	out := bytes.NewBufferString("{")
	for name, value := range members(object) {
		writeMember(out, name, value)
	}
	out.WriteByte('}')
	return out.Bytes()
}

// isCompact reports whether compact would change nothing.
func isCompact(object gjson.Result) bool {
	size := len("{")
	for name, value := range members(object) {
		size += len(name) + len(value.Raw) + len(`"":,`) // of the last member, } in place of the comma
		switch {
		case wire(name) != name || value.Type == gjson.Null:
			return false
		case value.IsObject() && slices.Contains(structures, name):
			if !isCompact(value) {
				return false
			}
		case value.Type == gjson.JSON && strings.ContainsAny(value.Raw, " \t\r\n"):
			return false
		}
	}
	return size == len(object.Raw)
}

// structures are the details that are structures of the API. Every other object holds a user's names.
var structures = []string{"inputDetails", "outputDetails", "taskCredentials", "assignedVariablesDetails"}

func writeMember(out *bytes.Buffer, name string, value gjson.Result) {
	if value.Type == gjson.Null {
		return
	}
	if out.Len() > 1 {
		out.WriteByte(',')
	}
	name = wire(name)
	quoted, _ := json.Marshal(name) // a string always marshals
	out.Write(quoted)
	out.WriteByte(':')
	switch {
	case value.IsObject() && slices.Contains(structures, name):
		out.Write(compact(value))
	case value.Type == gjson.JSON:
		_ = json.Compact(out, []byte(value.Raw)) // it is valid
	default:
		out.WriteString(value.Raw)
	}
}

// wire returns the API's form of a name: RoleArn and role_arn are roleArn.
func wire(name string) string {
	if name == "" || name[0] >= 'a' && name[0] <= 'z' && !strings.Contains(name, "_") {
		return name
	}
	words := strings.Split(name, "_")
	for i, word := range words {
		if word != "" && i > 0 {
			words[i] = strings.ToUpper(word[:1]) + word[1:]
		}
	}
	joined := strings.Join(words, "")
	return strings.ToLower(joined[:min(1, len(joined))]) + joined[min(1, len(joined)):]
}

// shortened limits a value in a message.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:59]) + "…"
	}
	return text
}
