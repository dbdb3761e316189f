// Package aslfile finds the definition of a state machine in a file. The file may be a definition
// in JSON or YAML, with or without placeholders, or an AWS response that contains a definition. It
// may also be a template of CloudFormation, SAM, the CDK or the Serverless Framework.
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

// Source is a file that may contain a definition.
type Source struct {
	Name     string // as given by the user; - for standard input
	Data     []byte
	Resource string // logical ID of the state machine in a template; may be empty if there is only one
	Folder   fs.FS  // the folder of the file; nil for standard input
}

// Definition holds a definition as JSON.
type Definition struct {
	JSON  []byte
	Name  string   // name of the state machine; empty if the file does not contain it
	Notes []string // possible differences from the deployed state machine
}

// Definition finds the definition. Any error is a *problem.Problem with the reason and the next
// step.
func (s Source) Definition() (Definition, error) {
	what := "cannot read a definition from " + safetext.Line(s.Name)
	if s.Name == "-" {
		what = "cannot read a definition from standard input"
	}
	d, err := s.parseFile()
	var explained *problem.Problem
	if err != nil && !errors.As(err, &explained) {
		return d, &problem.Problem{What: what, Err: err, Next: useDefinition}
	}
	if explained != nil && explained.What == "" {
		explained.What = what
	}
	return d, err
}

func (s Source) parseFile() (Definition, error) {
	text, err := jsonfile.Text(s.Data)
	if err != nil {
		return Definition{}, err
	}
	if err := s.explainText(text); err != nil {
		return Definition{}, err
	}
	found, err := parseValues(s.Data)
	switch {
	case err != nil && terraform.Match(text): // only if parsing fails: valid YAML can match too
		return Definition{}, s.terraformProblem()
	case err != nil:
		return Definition{}, err
	}
	value, err := s.pickValue(found)
	if err != nil {
		return Definition{}, err
	}
	d, err := s.findIn(value, 0)
	if err == nil && s.Resource != "" && d.Name != s.Resource {
		err = s.noDefinition("it has no resources to choose from", "leave out --definition-resource")
	}
	return d, err
}

// pickValue returns the only value that may contain a definition.
func (s Source) pickValue(found []json.RawMessage) (json.RawMessage, error) {
	if len(found) == 1 {
		return found[0], nil
	}
	var candidates []json.RawMessage
	for _, value := range found {
		if m := membersOf(value); m.has("States") || m.has("Resources") || m.has("definition") || m.has("Definition") {
			candidates = append(candidates, value)
		}
	}
	switch {
	case len(candidates) == 1:
		return candidates[0], nil
	case len(candidates) > 1:
		return nil, fmt.Errorf("it contains %d definitions or templates", len(candidates))
	}
	if err := s.explainObject(membersOf(found[0])); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("it contains %d values", len(found))
}

// findIn finds the definition in a JSON value. depth counts the values that enclose this value.
func (s Source) findIn(value json.RawMessage, depth int) (Definition, error) {
	const maxDepth = 5
	switch list := listOf(value); {
	case depth > maxDepth:
		return Definition{}, errors.New("its values are nested too deeply")
	case firstByte(value) == '"':
		return s.findInText(stringOf(value), depth)
	case len(list) == 1 && firstByte(list[0]) != '[' && !membersOf(list[0]).isEvent():
		return s.findIn(list[0], depth+1)
	case len(list) > 0 && membersOf(list[0]).isEvent():
		return Definition{}, s.noDefinition("it is an execution history", s.inspectCommand())
	case len(list) > 1 && firstByte(list[0]) == '{':
		value, err := s.pickValue(list)
		if err != nil {
			return Definition{}, err
		}
		return s.findIn(value, depth+1)
	case firstByte(value) != '{':
		return Definition{JSON: value}, nil // asl.Parse reports the mistake
	}
	return s.findInObject(membersOf(value), value, depth)
}

// findInText finds the definition in a JSON string.
func (s Source) findInText(text string, depth int) (Definition, error) {
	if text == hiddenDefinition {
		return Definition{}, s.noDefinition("CloudTrail does not record definitions", describeCommand+"ARN"+graphPipe)
	}
	inner, err := parseValue([]byte(text))
	if err != nil {
		return Definition{}, fmt.Errorf("it is a string without a definition: %w", err)
	}
	return s.findIn(inner, depth+1)
}

// hiddenDefinition replaces definitions in CloudTrail events:
// https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cloud-trail.html
const hiddenDefinition = "HIDDEN_DUE_TO_SECURITY_REASONS"

func (s Source) findInObject(m members, value json.RawMessage, depth int) (Definition, error) {
	switch {
	case m.has("States") || m.has("StartAt"):
		resolved, notes, err := resolveFunctions(value)
		return Definition{JSON: resolved, Notes: notes}, err
	case firstByte(m.get("Resources")) == '{':
		return s.templateDefinition(m)
	case m.has("stepFunctions"):
		return s.serverlessDefinition(m.get("stepFunctions"))
	case isMachine(stringOf(m.get("Type"))):
		return s.machineDefinition(machine{properties: membersOf(m.get("Properties"))}, template{})
	case m.has("DefinitionString"), m.has("DefinitionUri"):
		return s.machineDefinition(machine{properties: m}, template{})
	}
	// These members contain a definition or a template in the responses of DescribeStateMachine,
	// DescribeStateMachineForExecution and GetTemplate, in the input of CreateStateMachine, in
	// CloudTrail and EventBridge events with that input, and in a serverless.yml.
	containers := []string{"definition", "Definition", "TemplateBody", "requestParameters", "detail", "resources"}
	for _, name := range containers {
		if kind := firstByte(m.get(name)); kind == '{' || kind == '"' {
			d, err := s.findIn(m.get(name), depth+1)
			if d.Name == "" && s.Resource == "" {
				d.Name = stringOf(m.get("name"))
			}
			return d, err
		}
	}
	if err := s.explainObject(m); err != nil {
		return Definition{}, err
	}
	if len(m.names) > 0 && membersOf(m.values[0]).has("definition") { // stateMachines section of a serverless.yml
		return s.serverlessMachineDefinition(m)
	}
	for _, resource := range m.values {
		if isMachine(stringOf(membersOf(resource).get("Type"))) { // the value is the Resources section alone
			return s.templateDefinition(members{[]string{"Resources"}, []json.RawMessage{value}})
		}
	}
	return Definition{}, s.noDefinition("it has neither StartAt nor States", useDefinition)
}

// resolveFunctions resolves the intrinsic functions in a definition outside a template. They are
// rare there.
func resolveFunctions(definition json.RawMessage) (json.RawMessage, []string, error) {
	if !bytes.Contains(definition, []byte(`"Fn::`)) && !bytes.Contains(definition, []byte(`"Ref"`)) {
		return definition, nil, nil
	}
	r := &resolver{}
	resolved, err := r.resolve(definition, 0)
	return resolved, r.notes, err
}
