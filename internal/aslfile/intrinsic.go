package aslfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"retrycatch/internal/jsonfile"
)

// Limits of the work for a template. AWS limits a definition to 1 MiB:
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const (
	deepest = 300     // nesting
	longest = 4 << 20 // bytes of a text
	most    = 4 * longest
)

// resolver replaces CloudFormation's intrinsic functions with values that the template determines.
// It replaces others with a placeholder such as ${Function.Arn}.
type resolver struct {
	mappings map[string]map[string]map[string]json.RawMessage
	notes    []string
	written  int // bytes of all texts, including nested ones
}

// function returns the name and the argument of an intrinsic function.
func function(value json.RawMessage) (name string, argument json.RawMessage, ok bool) {
	if kindOf(value) != '{' {
		return "", nil, false
	}
	names, values, err := jsonfile.Members(value)
	if err != nil || len(names) != 1 {
		return "", nil, false
	}
	isRef := names[0] == "Ref" && kindOf(values[0]) == '"'
	return names[0], values[0], isRef || strings.HasPrefix(names[0], "Fn::")
}

// kindOf returns the first character of a JSON value.
func kindOf(value json.RawMessage) byte {
	if value = bytes.TrimSpace(value); len(value) > 0 {
		return value[0]
	}
	return 0
}

// noValue reports whether a value is AWS::NoValue, which removes its member.
func noValue(value json.RawMessage) bool {
	name, argument, ok := function(value)
	return ok && name == "Ref" && stringOf(argument) == "AWS::NoValue"
}

// value resolves the functions in a JSON value.
func (r *resolver) value(value json.RawMessage, depth int) (json.RawMessage, error) {
	if depth > deepest {
		return nil, fmt.Errorf("it nests more than %d deep", deepest)
	}
	name, argument, isFunction := function(value)
	switch {
	case isFunction && name == "Fn::If":
		if chosen, ok := r.choose(argument); ok {
			return r.value(chosen, depth+1)
		}
		fallthrough
	case isFunction:
		if found := r.find(name, argument, depth); isNumber(found) {
			return found, nil
		}
		text, err := r.text(value, depth)
		if err != nil {
			return nil, err
		}
		return json.Marshal(text)
	case kindOf(value) == '{':
		return r.object(value, depth)
	case kindOf(value) == '[':
		return r.array(value, depth)
	default:
		return value, nil
	}
}

func (r *resolver) object(value json.RawMessage, depth int) (json.RawMessage, error) {
	names, values, err := jsonfile.Members(value)
	if err != nil {
		return nil, err
	}
	out := []byte{'{'}
	for i, name := range names {
		if noValue(values[i]) {
			continue
		}
		resolved, err := r.value(values[i], depth+1)
		if err != nil {
			return nil, err
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		quoted, _ := json.Marshal(name) // cannot fail for a string
		out = append(append(append(out, quoted...), ':'), resolved...)
	}
	return append(out, '}'), nil
}

func (r *resolver) array(value json.RawMessage, depth int) (json.RawMessage, error) {
	var resolved []json.RawMessage
	for _, item := range listOf(value) {
		if noValue(item) {
			continue
		}
		one, err := r.value(item, depth+1)
		if err != nil {
			return nil, err
		}
		resolved = append(resolved, one)
	}
	return append(append([]byte{'['}, bytes.Join(asBytes(resolved), []byte{','})...), ']'), nil
}

func asBytes(values []json.RawMessage) [][]byte {
	out := make([][]byte, len(values))
	for i, value := range values {
		out[i] = value
	}
	return out
}

// choose returns the branch of an Fn::If to draw. It returns false if both branches are single
// values.
func (r *resolver) choose(argument json.RawMessage) (json.RawMessage, bool) {
	branches := listOf(argument)
	if len(branches) != 3 {
		return nil, false
	}
	condition, yes, no := stringOf(branches[0]), branches[1], branches[2]
	_, _, yesFunction := function(yes)
	_, _, noFunction := function(no)
	plain := func(value json.RawMessage, isFunction bool) bool {
		return isFunction || kindOf(value) != '{' && kindOf(value) != '['
	}
	switch {
	case noValue(yes):
		r.note("Fn::If %s: drawn as if it were false", condition)
		return no, true
	case noValue(no), !plain(yes, yesFunction), !plain(no, noFunction):
		r.note("Fn::If %s: drawn as if it were true", condition)
		return yes, true
	}
	return nil, false
}

func (r *resolver) note(format string, values ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, values...))
}

// text writes a value as text, as CloudFormation puts it into a string.
func (r *resolver) text(value json.RawMessage, depth int) (string, error) {
	if depth > deepest {
		return "", fmt.Errorf("it nests more than %d deep", deepest)
	}
	name, argument, isFunction := function(value)
	switch {
	case !isFunction && kindOf(value) == '"':
		return stringOf(value), nil
	case !isFunction:
		return string(value), nil
	}
	text, err := r.call(name, argument, depth+1)
	if r.written += len(text); err == nil && r.written > most {
		err = fmt.Errorf("its functions expand to more than %d bytes", most)
	}
	return text, err
}

func stringOf(value json.RawMessage) string {
	var text string
	_ = json.Unmarshal(value, &text) // another kind of value is not a text
	return text
}

func listOf(value json.RawMessage) []json.RawMessage {
	var list []json.RawMessage
	_ = json.Unmarshal(value, &list) // another kind of value is not a list
	return list
}
