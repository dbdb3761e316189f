// Package asl reads a state machine's definition in the Amazon States Language, with its states,
// transitions, retriers and catchers. It is pure. The language:
// https://states-language.net/spec.html
package asl

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
)

// Definition holds a state machine with all its inner state machines.
type Definition struct {
	Comment        string
	TimeoutSeconds *Number // of an execution; nil for no limit
	Machine
	states map[string]*State // also those of inner state machines
}

// State returns the state with a name, or nil. A name is unique in the whole definition.
func (d *Definition) State(name string) *State { return d.states[name] }

// Machine holds the definition's own state machine, a branch of a Parallel, or the state machine
// that a Map runs for each item.
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

// State holds one state. Fields that its Type does not have are empty. A state leads only to states
// of its own state machine.
type State struct {
	Name  string
	Type  Type
	Next  string // empty for a state that ends its state machine, and for a Choice
	Retry []Retrier
	Catch []Catcher
	Inner []*Machine // the branches of a Parallel, or the one state machine of a Map

	Choices []ChoiceRule
	Default string // the target of a Choice if no rule applies; may be empty

	// A Wait has one of these.
	Seconds                               *Number
	SecondsPath, Timestamp, TimestampPath string

	Resource         string // of a Task: an ARN, or a placeholder; empty if it is no string
	Error, ErrorPath string // of a Fail

	// Limits of a Task and of a Map; nil where the definition gives none.
	TimeoutSeconds, HeartbeatSeconds                  *Number
	MaxConcurrency                                    *Number
	ToleratedFailureCount, ToleratedFailurePercentage *Number
}

// Catcher names the next state after some errors.
type Catcher struct {
	ErrorEquals ErrorNames
	Next        string
}

// Number holds a number in the definition, or an expression for one.
type Number struct {
	Value float64
	Text  string // an expression in JSONata, a path, or a placeholder; empty for a number
}

// placeholders matches the start of a placeholder of CloudFormation, Terraform, dynamic references,
// Jinja, Octopus, ERB or hand-made templates.
var placeholders = regexp.MustCompile(`[$#%]\{|\{\{|<<|<%`)

// Known reports whether the definition gives the number itself.
func (n Number) Known() bool { return n.Text == "" }

// UnmarshalJSON reads a JSON number, or a JSON string that holds an expression or a placeholder.
// Null leaves the number unchanged.
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
