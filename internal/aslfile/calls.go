package aslfile

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"retrycatch/internal/jsonfile"
)

// callFunction returns the text that replaces an intrinsic function:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
func (r *resolver) callFunction(name string, argument json.RawMessage, depth int) (string, error) {
	list := listOf(argument)
	switch {
	case name == "Ref":
		return "${" + stringOf(argument) + "}", nil
	case name == "Fn::GetAtt" && len(list) > 0:
		attribute, err := r.joinTexts(list, ".", depth)
		return "${" + attribute + "}", err
	case name == "Fn::GetAtt", name == "Fn::ImportValue":
		text, err := r.resolveText(argument, depth)
		return newPlaceholder(text), err
	case name == "Fn::Sub":
		return r.resolveSub(argument, list, depth)
	case name == "Fn::Join" && len(list) == 2 && firstByte(list[1]) == '[':
		return r.joinTexts(listOf(list[1]), stringOf(list[0]), depth)
	case name == "Fn::If" && len(list) == 3:
		return r.ifPlaceholder(list, depth)
	case name == "Fn::FindInMap" && len(list) >= 3:
		if found := r.findInMap(name, argument, depth); found != nil {
			return r.resolveText(found, depth)
		}
		text, err := r.joinTexts(list[:3], ".", depth)
		return newPlaceholder(text), err
	case name == "Fn::ToJsonString":
		resolved, err := r.resolve(argument, depth)
		return string(resolved), err
	default:
		return "${" + strings.TrimPrefix(name, "Fn::") + "}", nil
	}
}

// newPlaceholder returns a placeholder with this text. It removes the braces of inner placeholders.
func newPlaceholder(text string) string {
	return "${" + strings.NewReplacer("${", "", "}", "").Replace(text) + "}"
}

func (r *resolver) joinTexts(values []json.RawMessage, separator string, depth int) (string, error) {
	var out strings.Builder
	for i, value := range values {
		text, err := r.resolveText(value, depth)
		switch {
		case err != nil:
			return "", err
		case out.Len()+len(separator)+len(text) > maxTextBytes:
			return "", fmt.Errorf("its functions expand to more than %d bytes", maxTextBytes)
		case i > 0:
			out.WriteString(separator)
		}
		out.WriteString(text)
	}
	return out.String(), nil
}

// placeholderPattern matches a placeholder in Fn::Sub or in a definition with
// DefinitionSubstitutions.
var placeholderPattern = regexp.MustCompile(`\$\{([^{}"\n]*)\}`)

// resolveSub resolves an Fn::Sub: a string, or a list of a string and the values of its variables.
func (r *resolver) resolveSub(argument json.RawMessage, list []json.RawMessage, depth int) (string, error) {
	text, substitutions := stringOf(argument), map[string]string{}
	if len(list) > 0 {
		text = stringOf(list[0])
	}
	if len(list) > 1 {
		names, values, err := jsonfile.Members(list[1])
		if err != nil {
			return "", fmt.Errorf("Fn::Sub: %w", err)
		}
		for i, name := range names {
			if substitutions[name], err = r.resolveText(values[i], depth); err != nil {
				return "", err
			}
		}
	}
	return substitute(text, func(name string) (string, bool) {
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			return "${" + literal + "}", true
		}
		value, ok := substitutions[strings.TrimSpace(name)]
		return value, ok
	})
}

// substitute replaces each placeholder that lookUp finds a value for.
func substitute(text string, lookUp func(name string) (value string, found bool)) (string, error) {
	var out strings.Builder
	copied := 0
	for _, at := range placeholderPattern.FindAllStringSubmatchIndex(text, -1) {
		if value, found := lookUp(text[at[2]:at[3]]); found {
			out.WriteString(text[copied:at[0]])
			out.WriteString(value)
			copied = at[1]
		}
		if out.Len() > maxTextBytes {
			return "", fmt.Errorf("its placeholders expand to more than %d bytes", maxTextBytes)
		}
	}
	out.WriteString(text[copied:])
	return out.String(), nil
}

// ifPlaceholder returns a placeholder for an Fn::If. It shows both values if they are short.
func (r *resolver) ifPlaceholder(list []json.RawMessage, depth int) (string, error) {
	const maxLength = 30
	yes, err := r.resolveText(list[1], depth)
	if err != nil {
		return "", err
	}
	no, err := r.resolveText(list[2], depth)
	if err != nil {
		return "", err
	}
	condition := stringOf(list[0])
	if len(yes) > maxLength || len(no) > maxLength || strings.ContainsAny(yes+no, "\"\n") {
		return "${If " + condition + "}", nil
	}
	return newPlaceholder(condition + " ? " + yes + " : " + no), nil
}

// findInMap returns the value of an Fn::FindInMap, or nil if the template does not determine it.
func (r *resolver) findInMap(name string, argument json.RawMessage, depth int) json.RawMessage {
	list := listOf(argument)
	if name != "Fn::FindInMap" || len(list) < 3 {
		return nil
	}
	var keys [3]string
	for i := range keys {
		var err error
		if keys[i], err = r.resolveText(list[i], depth); err != nil {
			return nil
		}
	}
	return r.mappings[keys[0]][keys[1]][keys[2]]
}

// isNumber reports whether a JSON value is a number.
func isNumber(value json.RawMessage) bool {
	var number json.Number
	return firstByte(value) != '"' && json.Unmarshal(value, &number) == nil && number != ""
}
