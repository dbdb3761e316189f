package inventory

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"retrycatch/internal/resource"
)

// Definition is a state machine's definition in the template of its stack.
type Definition struct {
	Updated time.Time // when CloudFormation last changed the state machine
	text    string    // may contain placeholders such as ${FunctionArn}; empty if unreadable
}

// Definition returns the definition of a state machine in the template. It can read plain text and
// Fn::Sub. For any other intrinsic function, Matches accepts every definition.
func (r Record) Definition(stateMachineARN string) (Definition, error) {
	if r.TemplateErr != nil {
		return Definition{}, r.TemplateErr
	}
	for _, member := range r.Members {
		if member.Kind == resource.StateMachine && member.ID == stateMachineARN {
			declared := r.template.Resources[member.LogicalID]
			return Definition{Updated: member.Changed, text: definitionText(declared.Properties.DefinitionString)}, nil
		}
	}
	return Definition{}, fmt.Errorf("the stack %s has no state machine %s", r.Stack.Name, stateMachineARN)
}

// definitionText returns the text of a DefinitionString, which may be an Fn::Sub with one or two
// arguments:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
func definitionText(property any) string {
	if function, ok := property.(map[string]any); ok {
		property = function["Fn::Sub"]
	}
	if arguments, ok := property.([]any); ok && len(arguments) > 0 {
		property = arguments[0]
	}
	text, _ := property.(string)
	return text
}

// placeholder matches a placeholder of Fn::Sub, such as ${Name}. ${!Literal} is not a placeholder:
// Fn::Sub only removes its exclamation mark.
var placeholder = regexp.MustCompile(`\$\{(!?)([^}]*)\}`)

// Matches reports whether a definition equals the template's definition, with any values in place
// of the placeholders. It ignores white space and the order of keys.
func (d Definition) Matches(actual string) bool {
	if d.text == "" {
		return true
	}
	var pattern strings.Builder
	pattern.WriteString("(?s)^")
	text, end := normalizeJSON(d.text), 0
	for _, match := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		pattern.WriteString(regexp.QuoteMeta(text[end:match[0]]))
		if match[2] < match[3] { // with an exclamation mark
			pattern.WriteString(regexp.QuoteMeta("${" + text[match[4]:match[5]] + "}"))
		} else {
			pattern.WriteString(".*")
		}
		end = match[1]
	}
	pattern.WriteString(regexp.QuoteMeta(text[end:]) + "$")
	whole, err := regexp.Compile(pattern.String())
	return err == nil && whole.MatchString(normalizeJSON(actual))
}

// normalizeJSON removes white space from JSON and sorts its keys. It does not change other text.
func normalizeJSON(text string) string {
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return text
	}
	written, err := json.Marshal(value)
	if err != nil {
		return text
	}
	return string(written)
}
