package functionlog

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// Line holds the parts of a record.
type Line struct {
	Level   string // empty for Lambda's own lines
	Message string // the type of Lambda's own lines, such as platform.report
	Fields  []Field
}

// Field holds a member of a record in JSON.
type Field struct{ Name, Value string }

// hidden holds the members of every record whose values the reader already knows.
var hidden = map[string]bool{"time": true, "timestamp": true, "traceId": true, "tracing": true, "version": true}

// Line splits a record. Text other than JSON is the message. The formats are those of slog and of
// Lambda: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
func (r Record) Line() Line {
	object := gjson.Parse(r.Text)
	if !gjson.Valid(r.Text) || !object.IsObject() {
		return Line{Message: r.Text}
	}
	var l Line
	for key, value := range object.ForEach {
		switch name := key.String(); {
		case hidden[name]:
		case name == "level":
			l.Level = value.String()
		case l.Message == "" && (name == "message" || name == "msg" || name == "type"):
			l.Message = value.String()
		default:
			l.add(name, value)
		}
	}
	last := slices.IndexFunc(l.Fields, func(f Field) bool { return f.Name == "requestId" })
	if last >= 0 { // the least important field
		id := l.Fields[last]
		l.Fields = append(slices.Delete(l.Fields, last, last+1), id)
	}
	return l
}

// add adds a member. It adds the members of an object without the object's name.
func (l *Line) add(name string, value gjson.Result) {
	if !value.IsObject() {
		l.Fields = append(l.Fields, Field{name, value.String()})
		return
	}
	for key, inner := range value.ForEach {
		if !hidden[key.String()] {
			l.add(key.String(), inner)
		}
	}
}

// String returns the message and the fields in one line. It quotes values with whitespace.
func (l Line) String() string {
	words := []string{l.Message}
	for _, field := range l.Fields {
		value := field.Value
		if value == "" || strings.ContainsAny(value, " \t\r\n\"") {
			value = quoted(value)
		}
		words = append(words, field.Name+"="+value)
	}
	return strings.Join(words, " ")
}

// quoted quotes a value as JSON does.
func quoted(value string) string {
	return string(gjson.AppendJSONString(nil, value))
}
