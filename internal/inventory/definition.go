package inventory

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"retrycatch/internal/resource"
)

// Definition holds a state machine's definition from its stack's template.
type Definition struct {
	Updated time.Time // time of CloudFormation's last change to the state machine
	text    string    // with placeholders such as ${FunctionArn}; empty if unreadable
}

// Definition returns the template's definition of the stack's state machine. It can read plain text
// and the text of Fn::Sub. Any other definition matches everything.
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

// placeholder matches the parts of a text that Fn::Sub replaces. If a part has an exclamation mark,
// Fn::Sub only removes the mark.
var placeholder = regexp.MustCompile(`\$\{(!?)([^}]*)\}`)

// Fits reports whether a definition equals the template's, with any values for its placeholders. It
// ignores white space and the order of keys.
func (d Definition) Fits(actual string) bool {
	if d.text == "" {
		return true
	}
	var pattern strings.Builder
	pattern.WriteString("(?s)^")
	text, end := canonical(d.text), 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		pattern.WriteString(regexp.QuoteMeta(text[end:at[0]]))
		if at[2] < at[3] { // with an exclamation mark
			pattern.WriteString(regexp.QuoteMeta("${" + text[at[4]:at[5]] + "}"))
		} else {
			pattern.WriteString(".*")
		}
		end = at[1]
	}
	pattern.WriteString(regexp.QuoteMeta(text[end:]) + "$")
	whole, err := regexp.Compile(pattern.String())
	return err == nil && whole.MatchString(canonical(actual))
}

// canonical normalizes JSON. It returns any other text unchanged.
func canonical(text string) string {
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
