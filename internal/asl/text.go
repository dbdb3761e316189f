package asl

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// The structure of the JSON.
type (
	machineText struct {
		Comment string
		StartAt string
		States  json.RawMessage
	}
	stateText struct {
		Type          Type
		Next          string
		End           bool
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
		Error         string
		ErrorPath     string
	}
)

// members returns the names and values of an object in valid JSON, in their order.
func members(object json.RawMessage) (names []string, values []json.RawMessage, err error) {
	if object == nil || string(object) == "null" {
		return nil, nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(object))
	if first, _ := decoder.Token(); first != json.Delim('{') {
		return nil, nil, errors.New("it is not an object")
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, nil, err
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, nil, err
		}
		names, values = append(names, name.(string)), append(values, value)
	}
	return names, values, nil
}

// decode reads JSON. The error for a value of the wrong type says where it is and which type it must
// have.
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
	return in(wrong.Field, fmt.Errorf("it is %s, not %s", noun(wrong.Value), noun(wanted)))
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
	switch value.(type) {
	case nil:
		return "null"
	case string:
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
