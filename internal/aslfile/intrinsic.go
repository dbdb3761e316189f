package aslfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"retrycatch/internal/jsonfile"
)

// Limits of the work that a template causes. AWS limits a definition to 1 MiB:
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const (
	deepest = 300     // nesting
	longest = 4 << 20 // bytes of text
)

// resolver writes out CloudFormation's intrinsic functions as far as a template alone gives their
// values. A placeholder such as ${Function.Arn} stands for any other value.
type resolver struct {
	mappings map[string]map[string]map[string]json.RawMessage
	notes    []string
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

// noValue reports whether a value removes the member that it is the value of.
func noValue(value json.RawMessage) bool {
	name, argument, ok := function(value)
	return ok && name == "Ref" && stringOf(argument) == "AWS::NoValue"
}

// value writes out the functions in a JSON value.
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
		quoted, _ := json.Marshal(name) // a string always has a form in JSON
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

// choose returns the branch of an Fn::If that is drawn, and false if both branches are short values.
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
	if err == nil && len(text) > longest {
		err = fmt.Errorf("its functions expand to more than %d bytes", longest)
	}
	return text, err
}

// call returns the value of a function:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
func (r *resolver) call(name string, argument json.RawMessage, depth int) (string, error) {
	list := listOf(argument)
	switch {
	case name == "Ref":
		return "${" + stringOf(argument) + "}", nil
	case name == "Fn::GetAtt" && len(list) > 0:
		attribute, err := r.texts(list, ".", depth)
		return "${" + attribute + "}", err
	case name == "Fn::GetAtt", name == "Fn::ImportValue":
		text, err := r.text(argument, depth)
		return placeholder(text), err
	case name == "Fn::Sub":
		return r.sub(argument, list, depth)
	case name == "Fn::Join" && len(list) == 2 && kindOf(list[1]) == '[':
		return r.texts(listOf(list[1]), stringOf(list[0]), depth)
	case name == "Fn::If" && len(list) == 3:
		return r.either(list, depth)
	case name == "Fn::FindInMap" && len(list) >= 3:
		return r.find(list, depth)
	case name == "Fn::ToJsonString":
		resolved, err := r.value(argument, depth)
		return string(resolved), err
	default:
		return "${" + strings.TrimPrefix(name, "Fn::") + "}", nil
	}
}

// placeholder makes a placeholder of a text that has placeholders itself.
func placeholder(text string) string {
	return "${" + strings.NewReplacer("${", "", "}", "").Replace(text) + "}"
}

func (r *resolver) texts(values []json.RawMessage, separator string, depth int) (string, error) {
	var out strings.Builder
	for i, value := range values {
		text, err := r.text(value, depth)
		switch {
		case err != nil:
			return "", err
		case out.Len()+len(separator)+len(text) > longest:
			return "", fmt.Errorf("its functions expand to more than %d bytes", longest)
		case i > 0:
			out.WriteString(separator)
		}
		out.WriteString(text)
	}
	return out.String(), nil
}

// variable matches a placeholder of Fn::Sub and of DefinitionSubstitutions.
var variable = regexp.MustCompile(`\$\{([^{}"\n]*)\}`)

// sub writes an Fn::Sub, which has a text and may have values for it.
func (r *resolver) sub(argument json.RawMessage, list []json.RawMessage, depth int) (string, error) {
	text, given := stringOf(argument), map[string]string{}
	if len(list) > 0 {
		text = stringOf(list[0])
	}
	if len(list) > 1 {
		names, values, err := jsonfile.Members(list[1])
		if err != nil {
			return "", fmt.Errorf("Fn::Sub: %w", err)
		}
		for i, name := range names {
			if given[name], err = r.text(values[i], depth); err != nil {
				return "", err
			}
		}
	}
	return substitute(text, func(name string) (string, bool) {
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			return "${" + literal + "}", true
		}
		value, ok := given[strings.TrimSpace(name)]
		return value, ok
	})
}

// substitute replaces the placeholders in a text for which there is a value.
func substitute(text string, value func(name string) (string, bool)) (string, error) {
	var out strings.Builder
	copied := 0
	for _, at := range variable.FindAllStringSubmatchIndex(text, -1) {
		if given, ok := value(text[at[2]:at[3]]); ok {
			out.WriteString(text[copied:at[0]])
			out.WriteString(given)
			copied = at[1]
		}
		if out.Len() > longest {
			return "", fmt.Errorf("its placeholders expand to more than %d bytes", longest)
		}
	}
	out.WriteString(text[copied:])
	return out.String(), nil
}

// either writes an Fn::If of two values as one placeholder.
func (r *resolver) either(list []json.RawMessage, depth int) (string, error) {
	const short = 30
	yes, err := r.text(list[1], depth)
	no, otherErr := r.text(list[2], depth)
	if err := errors.Join(err, otherErr); err != nil {
		return "", err
	}
	condition := stringOf(list[0])
	if len(yes) > short || len(no) > short || strings.ContainsAny(yes+no, "\"\n") {
		return "${If " + condition + "}", nil
	}
	return placeholder(condition + " ? " + yes + " : " + no), nil
}

// find writes an Fn::FindInMap: the value if the template gives it.
func (r *resolver) find(list []json.RawMessage, depth int) (string, error) {
	var keys [3]string
	for i := range keys {
		var err error
		if keys[i], err = r.text(list[i], depth); err != nil {
			return "", err
		}
	}
	if found := r.mappings[keys[0]][keys[1]][keys[2]]; found != nil && kindOf(found) != '[' {
		return r.text(found, depth)
	}
	return placeholder(strings.Join(keys[:], ".")), nil
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
