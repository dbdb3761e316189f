package functionlog

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// Line is a record, split for display.
type Line struct {
	Level   string // empty in records that Lambda wrote
	Message string // message, or the type of a record that Lambda wrote, such as platform.report
	Fields  []Field
}

// Field is a member of a JSON record.
type Field struct{ Name, Value string }

// hiddenFields holds the members that Line omits, because they are the same in all of an
// execution's records or shown elsewhere.
var hiddenFields = map[string]bool{"time": true, "timestamp": true, "traceId": true, "tracing": true, "version": true}

// Line splits a record for display. Text that is not JSON becomes the message. The function's
// records have slog's format. Lambda's records have this format:
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
func (r Record) Line() Line {
	object := gjson.Parse(r.Text)
	if !gjson.Valid(r.Text) || !object.IsObject() {
		return Line{Message: r.Text}
	}
	var l Line
	for key, value := range object.ForEach {
		switch name := key.String(); {
		case hiddenFields[name]:
		case name == "level":
			l.Level = value.String()
		case l.Message == "" && (name == "message" || name == "msg" || name == "type"):
			l.Message = value.String()
		default:
			l.addField(name, value)
		}
	}
	requestID := slices.IndexFunc(l.Fields, func(f Field) bool { return f.Name == "requestId" })
	if requestID >= 0 { // move the least important field to the end
		field := l.Fields[requestID]
		l.Fields = append(slices.Delete(l.Fields, requestID, requestID+1), field)
	}
	return l
}

// addField adds a member. For an object, it adds the object's members without the object's name.
func (l *Line) addField(name string, value gjson.Result) {
	if !value.IsObject() {
		l.Fields = append(l.Fields, Field{name, value.String()})
		return
	}
	for key, inner := range value.ForEach {
		if !hiddenFields[key.String()] {
			l.addField(key.String(), inner)
		}
	}
}

// String returns the message and the fields on one line. It quotes values that are empty or contain
// white space or quotes.
func (l Line) String() string {
	words := []string{l.Message}
	for _, field := range l.Fields {
		value := field.Value
		if value == "" || strings.ContainsAny(value, " \t\r\n\"") {
			value = quoteJSON(value)
		}
		words = append(words, field.Name+"="+value)
	}
	return strings.Join(words, " ")
}

// quoteJSON quotes a value as a JSON string.
func quoteJSON(value string) string {
	return string(gjson.AppendJSONString(nil, value))
}
