package asl

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"retrycatch/internal/safetext"
)

// The structure of the JSON.
type (
	machineText struct {
		Comment        string
		StartAt        string
		TimeoutSeconds *Number
		States         json.RawMessage
	}
	stateText struct {
		Type          Type
		Next          string
		End           flag
		Choices       []map[string]any
		Default       string
		Retry         []json.RawMessage
		Catch         []json.RawMessage
		Branches      []machineText
		ItemProcessor *machineText
		Iterator      *machineText // the older name of ItemProcessor
		Seconds       *Number
		SecondsPath   string
		Timestamp     string
		TimestampPath string
		Resource      any
		Error         string
		ErrorPath     string

		TimeoutSeconds, HeartbeatSeconds              *Number
		TimeoutSecondsPath, HeartbeatSecondsPath      string
		MaxConcurrency, ToleratedFailureCount         *Number
		MaxConcurrencyPath, ToleratedFailureCountPath string
		ToleratedFailurePercentage                    *Number
		ToleratedFailurePercentagePath                string
	}
)

// flag is true, or a placeholder for it.
type flag bool

// UnmarshalJSON reads a boolean or a placeholder. A placeholder counts as true, because a
// definition omits the field for false.
func (f *flag) UnmarshalJSON(text []byte) error {
	if isPlaceholder(text) {
		*f = true
		return nil
	}
	return json.Unmarshal(text, (*bool)(f))
}

// isPlaceholder reports whether a JSON value is a string with a placeholder such as ${Name}.
func isPlaceholder(text []byte) bool {
	return len(text) > 0 && text[0] == '"' && placeholders.Match(text)
}

// either returns the number, or the path to it, or nil.
func either(number *Number, path string) *Number {
	if number == nil && path != "" {
		return &Number{Text: path}
	}
	return number
}

// decode reads JSON. The error for a value of the wrong type names its position and the right type.
func decode(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err := decoder.Decode(into)
	wrong := (*json.UnmarshalTypeError)(nil)
	if !errors.As(err, &wrong) {
		return err
	}
	if digits, ok := strings.CutPrefix(wrong.Value, "number "); ok {
		return in(wrong.Field, fmt.Errorf("%s is out of range", digits))
	}
	wanted := cmp.Or(jsonTypes[wrong.Type.Kind()], "object")
	if found := placeholderBefore(text, wrong.Offset); found != "" {
		return in(wrong.Field, placeholderError(found+", not "+noun(wanted)))
	}
	return in(wrong.Field, fmt.Errorf("it is %s, not %s", noun(wrong.Value), noun(wanted)))
}

// placeholderError reports a placeholder for a part that the drawing needs.
type placeholderError string

func (e placeholderError) Error() string { return "it is " + string(e) }

// placeholderBefore describes the placeholder that is a whole string and ends at an offset.
func placeholderBefore(text []byte, offset int64) string {
	before := text[:min(int(offset), len(text))]
	if at := bytes.LastIndex(before, []byte(`"${`)); at >= 0 && bytes.HasSuffix(before, []byte(`}"`)) {
		return kind(string(before[at+1 : len(before)-1]))
	}
	return ""
}

// jsonTypes maps the Go types of the fields above to their names in JSON.
var jsonTypes = map[reflect.Kind]string{
	reflect.String: "string", reflect.Bool: "bool", reflect.Float64: "number", reflect.Slice: "array",
}

// noun writes a JSON type, named as in encoding/json, with its article.
func noun(name string) string {
	switch name {
	case "bool":
		return "a boolean"
	case "array", "object":
		return "an " + name
	default:
		return "a " + name
	}
}

// kind writes the JSON type of a value with its article.
func kind(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case string:
		if strings.HasPrefix(value, "${") {
			return "the placeholder " + safetext.Short(value, 60)
		}
		return noun("string")
	case bool:
		return noun("bool")
	case map[string]any:
		return noun("object")
	case []any:
		return noun("array")
	default:
		return noun("number")
	}
}

// in adds the field to an error.
func in(field string, err error) error {
	if err == nil || field == "" {
		return err
	}
	return fmt.Errorf("%s: %w", field, err)
}
