package aslfile

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"retrycatch/internal/jsonfile"
)

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
		if found := r.find(name, argument, depth); found != nil {
			return r.text(found, depth)
		}
		text, err := r.texts(list[:3], ".", depth)
		return placeholder(text), err
	case name == "Fn::ToJsonString":
		resolved, err := r.value(argument, depth)
		return string(resolved), err
	default:
		return "${" + strings.TrimPrefix(name, "Fn::") + "}", nil
	}
}

// placeholder turns a text, without its own placeholders' braces, into one placeholder.
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

// sub resolves an Fn::Sub, which has a text and may have values for it.
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

// substitute replaces the placeholders in a text that have a value.
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
	if err != nil {
		return "", err
	}
	no, err := r.text(list[2], depth)
	if err != nil {
		return "", err
	}
	condition := stringOf(list[0])
	if len(yes) > short || len(no) > short || strings.ContainsAny(yes+no, "\"\n") {
		return "${If " + condition + "}", nil
	}
	return placeholder(condition + " ? " + yes + " : " + no), nil
}

// find returns the value that an Fn::FindInMap finds in the template, or nil.
func (r *resolver) find(name string, argument json.RawMessage, depth int) json.RawMessage {
	list := listOf(argument)
	if name != "Fn::FindInMap" || len(list) < 3 {
		return nil
	}
	var keys [3]string
	for i := range keys {
		var err error
		if keys[i], err = r.text(list[i], depth); err != nil {
			return nil
		}
	}
	return r.mappings[keys[0]][keys[1]][keys[2]]
}

// isNumber reports whether a JSON value is a number.
func isNumber(value json.RawMessage) bool {
	var number json.Number
	return kindOf(value) != '"' && json.Unmarshal(value, &number) == nil && number != ""
}
