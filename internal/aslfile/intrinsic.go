package aslfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"retrycatch/internal/jsonfile"
)

// Limits for a template. AWS limits a definition to 1 MiB:
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const (
	maxDepth      = 300              // levels of nested values and functions
	maxTextBytes  = 4 << 20          // size of one text
	maxTotalBytes = 4 * maxTextBytes // total size of all texts
)

// resolver replaces CloudFormation's intrinsic functions with their values. It uses a placeholder
// such as ${Function.Arn} for a value that the template does not determine.
type resolver struct {
	mappings map[string]map[string]map[string]json.RawMessage
	notes    []string
	written  int // total bytes of all resolved functions; a nested function counts at every level
}

// parseFunction returns the name and argument of an intrinsic function.
func parseFunction(value json.RawMessage) (name string, argument json.RawMessage, ok bool) {
	if firstByte(value) != '{' {
		return "", nil, false
	}
	names, values, err := jsonfile.Members(value)
	if err != nil || len(names) != 1 {
		return "", nil, false
	}
	isRef := names[0] == "Ref" && firstByte(values[0]) == '"'
	return names[0], values[0], isRef || strings.HasPrefix(names[0], "Fn::")
}

// firstByte returns the first byte of a JSON value, which reveals its type.
func firstByte(value json.RawMessage) byte {
	if value = bytes.TrimSpace(value); len(value) > 0 {
		return value[0]
	}
	return 0
}

// isNoValue reports whether a value is AWS::NoValue, which removes the member or item with this
// value.
func isNoValue(value json.RawMessage) bool {
	name, argument, ok := parseFunction(value)
	return ok && name == "Ref" && stringOf(argument) == "AWS::NoValue"
}

// resolve replaces the functions in a JSON value.
func (r *resolver) resolve(value json.RawMessage, depth int) (json.RawMessage, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("its values are nested more than %d levels deep", maxDepth)
	}
	name, argument, isFunction := parseFunction(value)
	switch {
	case isFunction && name == "Fn::If":
		if chosen, ok := r.ifBranch(argument); ok {
			return r.resolve(chosen, depth+1)
		}
		fallthrough
	case isFunction:
		if found := r.findInMap(name, argument, depth); isNumber(found) {
			return found, nil
		}
		text, err := r.resolveText(value, depth)
		if err != nil {
			return nil, err
		}
		return json.Marshal(text)
	case firstByte(value) == '{':
		return r.resolveObject(value, depth)
	case firstByte(value) == '[':
		return r.resolveArray(value, depth)
	default:
		return value, nil
	}
}

func (r *resolver) resolveObject(value json.RawMessage, depth int) (json.RawMessage, error) {
	names, values, err := jsonfile.Members(value)
	if err != nil {
		return nil, err
	}
	out := []byte{'{'}
	for i, name := range names {
		if isNoValue(values[i]) {
			continue
		}
		resolved, err := r.resolve(values[i], depth+1)
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

func (r *resolver) resolveArray(value json.RawMessage, depth int) (json.RawMessage, error) {
	var resolved []json.RawMessage
	for _, item := range listOf(value) {
		if isNoValue(item) {
			continue
		}
		one, err := r.resolve(item, depth+1)
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

// ifBranch chooses which branch of an Fn::If is drawn. It returns false if both branches are
// scalars or functions other than AWS::NoValue, because one placeholder can then show both.
func (r *resolver) ifBranch(argument json.RawMessage) (json.RawMessage, bool) {
	branches := listOf(argument)
	if len(branches) != 3 {
		return nil, false
	}
	condition, yes, no := stringOf(branches[0]), branches[1], branches[2]
	_, _, yesFunction := parseFunction(yes)
	_, _, noFunction := parseFunction(no)
	isSingleValue := func(value json.RawMessage, isFunction bool) bool {
		return isFunction || firstByte(value) != '{' && firstByte(value) != '['
	}
	switch {
	case isNoValue(yes):
		r.addNote("Fn::If %s: drawn as if the condition were false", condition)
		return no, true
	case isNoValue(no), !isSingleValue(yes, yesFunction), !isSingleValue(no, noFunction):
		r.addNote("Fn::If %s: drawn as if the condition were true", condition)
		return yes, true
	}
	return nil, false
}

func (r *resolver) addNote(format string, values ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, values...))
}

// resolveText resolves a value to the text that CloudFormation would put into a string.
func (r *resolver) resolveText(value json.RawMessage, depth int) (string, error) {
	if depth > maxDepth {
		return "", fmt.Errorf("its values are nested more than %d levels deep", maxDepth)
	}
	name, argument, isFunction := parseFunction(value)
	switch {
	case !isFunction && firstByte(value) == '"':
		return stringOf(value), nil
	case !isFunction:
		return string(value), nil
	}
	text, err := r.callFunction(name, argument, depth+1)
	if r.written += len(text); err == nil && r.written > maxTotalBytes {
		err = fmt.Errorf("its functions expand to more than %d bytes", maxTotalBytes)
	}
	return text, err
}

func stringOf(value json.RawMessage) string {
	var text string
	_ = json.Unmarshal(value, &text) // other values give ""
	return text
}

func listOf(value json.RawMessage) []json.RawMessage {
	var list []json.RawMessage
	_ = json.Unmarshal(value, &list) // other values give nil
	return list
}
