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

// machineText and stateText have the structure of a definition's JSON.
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

// flag is a boolean that may be a placeholder.
type flag bool

// UnmarshalJSON parses a boolean or a placeholder. A placeholder counts as true, because
// definitions usually omit a field that is false.
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

// numberOrPath returns the number, or the path in place of a number, or nil.
func numberOrPath(number *Number, path string) *Number {
	if number == nil && path != "" {
		return &Number{Text: path}
	}
	return number
}

// decode parses JSON. An error for a value of the wrong type names the field and the expected type.
func decode(text []byte, target any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err := decoder.Decode(target)
	typeErr := (*json.UnmarshalTypeError)(nil)
	if !errors.As(err, &typeErr) {
		return err
	}
	if digits, ok := strings.CutPrefix(typeErr.Value, "number "); ok {
		return inField(typeErr.Field, fmt.Errorf("%s is out of range", digits))
	}
	wanted := cmp.Or(jsonTypes[typeErr.Type.Kind()], "object")
	if found := placeholderEndingAt(text, typeErr.Offset); found != "" {
		return inField(typeErr.Field, placeholderError{wrongType(withArticle(wanted), found)})
	}
	return inField(typeErr.Field, wrongType(withArticle(wanted), withArticle(typeErr.Value)))
}

// placeholderError reports a placeholder in place of an object or an array.
type placeholderError struct{ error }

// wrongType returns the error for a value of the wrong type.
func wrongType(want, got string) error { return fmt.Errorf("must be %s, not %s", want, got) }

// placeholderEndingAt describes the placeholder string that ends at an offset. It returns "" if
// there is none.
func placeholderEndingAt(text []byte, offset int64) string {
	before := text[:min(int(offset), len(text))]
	if at := bytes.LastIndex(before, []byte(`"${`)); at >= 0 && bytes.HasSuffix(before, []byte(`}"`)) {
		return typeOf(string(before[at+1 : len(before)-1]))
	}
	return ""
}

// jsonTypes maps the kinds of the fields above to JSON types, which have the same names as in the
// errors of encoding/json.
var jsonTypes = map[reflect.Kind]string{
	reflect.String: "string", reflect.Bool: "bool", reflect.Float64: "number", reflect.Slice: "array",
}

// withArticle adds an article to a type name of encoding/json.
func withArticle(name string) string {
	switch name {
	case "bool":
		return "a boolean"
	case "array", "object":
		return "an " + name
	default:
		return "a " + name
	}
}

// typeOf describes a value for an error: the JSON type with an article, or the placeholder.
func typeOf(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case string:
		if strings.HasPrefix(value, "${") {
			return "the placeholder " + safetext.Short(value, 60)
		}
		return withArticle("string")
	case bool:
		return withArticle("bool")
	case map[string]any:
		return withArticle("object")
	case []any:
		return withArticle("array")
	default:
		return withArticle("number")
	}
}

// inField prefixes an error with the field.
func inField(field string, err error) error {
	if err == nil || field == "" {
		return err
	}
	return fmt.Errorf("%s: %w", field, err)
}
