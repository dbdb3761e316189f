// Package asl parses state machine definitions in the Amazon States Language:
// https://states-language.net/spec.html
package asl

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
)

// Definition holds a parsed definition.
type Definition struct {
	Comment        string
	TimeoutSeconds *Number // time limit of an execution; nil without a limit
	Machine
	states map[string]*State // all states by name, including those of inner state machines
}

// State returns the state with this name, or nil. Names are unique in a definition.
func (d *Definition) State(name string) *State { return d.states[name] }

// Machine holds the top-level state machine, a branch of a Parallel state, or the item processor of
// a Map state.
type Machine struct {
	StartAt string
	States  []*State // in the order of the definition
}

// Type names the type of a state.
type Type string

// The types of states.
const (
	Task     Type = "Task"
	Pass     Type = "Pass"
	Choice   Type = "Choice"
	Wait     Type = "Wait"
	Parallel Type = "Parallel"
	Map      Type = "Map"
	Succeed  Type = "Succeed"
	Fail     Type = "Fail"
)

// State holds a state. The parser sets only the fields that exist for the state's type. Next,
// Default and catchers name states of the same state machine.
type State struct {
	Name  string
	Type  Type
	Next  string // empty for a Choice, and for a state that ends its state machine
	Retry []Retrier
	Catch []Catcher
	Inner []*Machine // the branches of a Parallel, or the item processor of a Map

	Choices []ChoiceRule
	Default string // the next state of a Choice if no rule applies; may be empty

	// The duration of a Wait: exactly one field is set.
	Seconds                               *Number
	SecondsPath, Timestamp, TimestampPath string

	Resource         string // for a Task: an ARN or a placeholder; empty if not a string
	Error, ErrorPath string // set only for a Fail

	// Limits of a Task or a Map; nil if not in the definition.
	TimeoutSeconds, HeartbeatSeconds                  *Number
	MaxConcurrency                                    *Number
	ToleratedFailureCount, ToleratedFailurePercentage *Number
}

// Catcher handles the errors in ErrorEquals: the execution continues with the state named in Next.
type Catcher struct {
	ErrorEquals ErrorNames
	Next        string
}

// Number holds a number, or an expression in place of a number.
type Number struct {
	Value float64
	Text  string // a JSONata expression, a path or a placeholder; empty for a number
}

// placeholders matches the start of a dynamic reference, or of a placeholder in CloudFormation,
// Terraform, Jinja, Octopus, ERB or another template language.
var placeholders = regexp.MustCompile(`[$#%]\{|\{\{|<<|<%`)

// Known reports whether the definition contains the number, and not an expression.
func (n Number) Known() bool { return n.Text == "" }

// UnmarshalJSON parses a number, or a string with an expression or a placeholder. It ignores null.
func (n *Number) UnmarshalJSON(text []byte) error {
	if text[0] != '"' {
		return json.Unmarshal(text, &n.Value)
	}
	var expression string
	if err := json.Unmarshal(text, &expression); err != nil {
		return err
	}
	if !strings.HasPrefix(strings.TrimSpace(expression), "{%") && !placeholders.MatchString(expression) {
		return &json.UnmarshalTypeError{Value: "string", Type: reflect.TypeFor[float64]()}
	}
	*n = Number{Text: expression}
	return nil
}
