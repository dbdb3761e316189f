package jsonfile

import (
	"bytes"
	"encoding/json"
	"errors"
)

// Members returns the names and values in a JSON object, in their order. For null, it returns none.
func Members(object json.RawMessage) (names []string, values []json.RawMessage, err error) {
	if object == nil || string(object) == "null" {
		return nil, nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(object))
	if first, _ := decoder.Token(); first != json.Delim('{') {
		return nil, nil, errors.New("must be an object")
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
