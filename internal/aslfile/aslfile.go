// Package aslfile finds the definition of a state machine in a file. The file may hold the
// definition in JSON or YAML, with or without placeholders, or a response of AWS that contains one.
// It may also be a template of CloudFormation, SAM, the CDK or the Serverless Framework.
package aslfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"retrycatch/internal/jsonfile"
	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
)

// Source holds a file that may contain a definition.
type Source struct {
	Name     string // as the user gives it; - for standard input
	Data     []byte
	Resource string // the logical ID of the state machine in a template; empty for the only one
	Folder   fs.FS  // the folder of the file; nil for standard input
}

// Definition holds a definition as JSON.
type Definition struct {
	JSON  []byte
	Name  string   // of the state machine; empty if the file has none
	Notes []string // differences between the drawing and the deployed state machine
}

// Definition finds the definition. The error is a *problem.Problem that names the kind of the file,
// with the next command.
func (s Source) Definition() (Definition, error) {
	what := "there is no definition to draw in " + safetext.Line(s.Name)
	if s.Name == "-" {
		what = "there is no definition to draw on standard input"
	}
	d, err := s.read()
	var mismatch *problem.Problem
	if err != nil && !errors.As(err, &mismatch) {
		return d, &problem.Problem{What: what, Err: err, Next: advice}
	}
	if mismatch != nil && mismatch.What == "" {
		mismatch.What = what
	}
	return d, err
}

func (s Source) read() (Definition, error) {
	text, err := jsonfile.Text(s.Data)
	if err != nil {
		return Definition{}, err
	}
	if err := s.otherText(text); err != nil {
		return Definition{}, err
	}
	found, err := values(s.Data)
	switch {
	case err != nil && terraform.Match(text): // in YAML, such a line may be JSONata
		return Definition{}, s.terraform()
	case err != nil:
		return Definition{}, err
	}
	value, err := s.one(found)
	if err != nil {
		return Definition{}, err
	}
	d, err := s.find(value, 0)
	if err == nil && s.Resource != "" && d.Name != s.Resource {
		err = s.mismatch("it has no resources to choose from", "leave out --definition-resource")
	}
	return d, err
}

// one returns the only value that may hold a definition.
func (s Source) one(found []json.RawMessage) (json.RawMessage, error) {
	if len(found) == 1 {
		return found[0], nil
	}
	var fitting []json.RawMessage
	for _, value := range found {
		if m := membersOf(value); m.has("States") || m.has("Resources") || m.has("definition") || m.has("Definition") {
			fitting = append(fitting, value)
		}
	}
	switch {
	case len(fitting) == 1:
		return fitting[0], nil
	case len(fitting) > 1:
		return nil, fmt.Errorf("it holds %d definitions or templates", len(fitting))
	}
	if err := s.other(membersOf(found[0])); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("it holds %d values", len(found))
}

// find finds the definition in a JSON value. depth counts the values around it.
func (s Source) find(value json.RawMessage, depth int) (Definition, error) {
	const most = 5
	switch list := listOf(value); {
	case depth > most:
		return Definition{}, errors.New("its values nest too deep")
	case kindOf(value) == '"':
		return s.findInText(stringOf(value), depth)
	case len(list) == 1 && kindOf(list[0]) != '[' && !membersOf(list[0]).isEvent():
		return s.find(list[0], depth+1)
	case len(list) > 0 && membersOf(list[0]).isEvent():
		return Definition{}, s.mismatch("it is the history of an execution", s.inspect())
	case len(list) > 1 && kindOf(list[0]) == '{':
		value, err := s.one(list)
		if err != nil {
			return Definition{}, err
		}
		return s.find(value, depth+1)
	case kindOf(value) != '{':
		return Definition{JSON: value}, nil // the parser reports the mistake
	}
	return s.findInObject(membersOf(value), value, depth)
}

// findInText finds the definition in a JSON string.
func (s Source) findInText(text string, depth int) (Definition, error) {
	if text == hidden {
		return Definition{}, s.mismatch("CloudTrail does not record definitions", describe+"ARN"+pipe)
	}
	inner, err := parse([]byte(text))
	if err != nil {
		return Definition{}, fmt.Errorf("it holds a text, which is not a definition: %w", err)
	}
	return s.find(inner, depth+1)
}

// hidden replaces a definition in CloudTrail's records:
// https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cloud-trail.html
const hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

func (s Source) findInObject(m members, value json.RawMessage, depth int) (Definition, error) {
	switch {
	case m.has("States") || m.has("StartAt"):
		resolved, notes, err := withoutFunctions(value)
		return Definition{JSON: resolved, Notes: notes}, err
	case kindOf(m.get("Resources")) == '{':
		return s.template(m)
	case m.has("stepFunctions"):
		return s.serverless(m.get("stepFunctions"))
	case isMachine(stringOf(m.get("Type"))):
		return s.machine(machine{properties: membersOf(m.get("Properties"))}, template{})
	case m.has("DefinitionString"), m.has("DefinitionUri"):
		return s.machine(machine{properties: m}, template{})
	}
	// A definition is a member of the answers of DescribeStateMachine and
	// DescribeStateMachineForExecution, and of the input of CreateStateMachine. CloudTrail and
	// EventBridge put the input into other objects.
	around := []string{"definition", "Definition", "TemplateBody", "requestParameters", "detail", "resources"}
	for _, name := range around {
		if kind := kindOf(m.get(name)); kind == '{' || kind == '"' {
			d, err := s.find(m.get(name), depth+1)
			if d.Name == "" && s.Resource == "" {
				d.Name = stringOf(m.get("name"))
			}
			return d, err
		}
	}
	if err := s.other(m); err != nil {
		return Definition{}, err
	}
	if len(m.names) > 0 && membersOf(m.values[0]).has("definition") { // the stateMachines of a serverless.yml
		return s.serverlessMachines(m)
	}
	for _, resource := range m.values {
		if isMachine(stringOf(membersOf(resource).get("Type"))) { // the Resources of a template alone
			return s.template(members{[]string{"Resources"}, []json.RawMessage{value}})
		}
	}
	return Definition{}, s.mismatch("it has neither StartAt nor States", advice)
}

// withoutFunctions resolves the intrinsic functions in a definition. They are rare outside a
// template.
func withoutFunctions(definition json.RawMessage) (json.RawMessage, []string, error) {
	if !bytes.Contains(definition, []byte(`"Fn::`)) && !bytes.Contains(definition, []byte(`"Ref"`)) {
		return definition, nil, nil
	}
	r := &resolver{}
	resolved, err := r.value(definition, 0)
	return resolved, r.notes, err
}
