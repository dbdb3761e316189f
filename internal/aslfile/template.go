package aslfile

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
)

// machine holds a state machine that a template declares.
type machine struct {
	id         string
	properties members
}

// template holds the parts of a template that a definition may refer to.
type template struct {
	mappings json.RawMessage
}

// isMachine reports whether a resource of a type is a state machine.
func isMachine(resource string) bool {
	return resource == "AWS::StepFunctions::StateMachine" || resource == "AWS::Serverless::StateMachine"
}

// template finds the definition in a template of CloudFormation, SAM or the CDK.
func (s Source) template(m members) (Definition, error) {
	var machines []machine
	var nested []string
	next := "name the template of a nested stack"
	resources := looped(membersOf(m.get("Resources")))
	for i, id := range resources.names {
		declared := membersOf(resources.values[i])
		properties := membersOf(declared.get("Properties"))
		switch kind := stringOf(declared.get("Type")); {
		case isMachine(kind):
			machines = append(machines, machine{id, properties})
		case kind == "AWS::CloudFormation::Stack", kind == "AWS::Serverless::Application":
			nested = append(nested, id)
			file := cmp.Or(stringOf(membersOf(declared.get("Metadata")).get("aws:asset:path")), // the CDK's
				stringOf(properties.get("TemplateURL")), stringOf(properties.get("Location")))
			if len(nested) == 1 && file != "" && !remote.MatchString(file) {
				next = s.draw(safetext.Line(file))
			}
		}
	}
	if len(machines) == 0 && len(nested) > 0 {
		return Definition{},
			s.mismatch("it is a template without a state machine, but with nested stacks: "+list(nested), next)
	}
	chosen, err := s.choose(machines)
	if err != nil {
		return Definition{}, err
	}
	return s.machine(chosen, template{m.get("Mappings")})
}

// looped returns the resources, including those of Fn::ForEach. Their logical IDs keep the
// placeholder for the loop's value.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html
func looped(resources members) members {
	all := resources
	for i, name := range resources.names {
		if loop := listOf(resources.values[i]); strings.HasPrefix(name, "Fn::ForEach::") && len(loop) == 3 {
			inner := membersOf(loop[2])
			all.names, all.values = append(all.names, inner.names...), append(all.values, inner.values...)
		}
	}
	return all
}

// serverless finds the definition in a serverless.yml:
// https://github.com/serverless-operations/serverless-step-functions
func (s Source) serverless(stepFunctions json.RawMessage) (Definition, error) {
	declared := membersOf(stepFunctions).get("stateMachines")
	if file := anyServerlessFile.FindStringSubmatch(stringOf(declared)); file != nil {
		name := safetext.Line(file[1])
		return Definition{}, s.mismatch("its state machines are in "+name, s.draw(name))
	}
	return s.serverlessMachines(membersOf(declared))
}

// serverlessMachines finds the definition in the stateMachines of a serverless.yml.
func (s Source) serverlessMachines(declared members) (Definition, error) {
	var machines []machine
	for i, id := range declared.names {
		m := membersOf(declared.values[i])
		properties := members{[]string{"Definition"}, []json.RawMessage{m.get("definition")}}
		if file := serverlessFile.FindStringSubmatch(stringOf(m.get("definition"))); file != nil {
			name, _ := json.Marshal(file[1]) // cannot fail for a string
			properties = members{[]string{"DefinitionUri"}, []json.RawMessage{name}}
		}
		machines = append(machines, machine{id, properties})
	}
	chosen, err := s.choose(machines)
	if err != nil {
		return Definition{}, err
	}
	if file := serverlessFile.FindStringSubmatch(stringOf(declared.get(chosen.id))); file != nil {
		where := fmt.Sprintf("the definition of %s is in %s", safetext.Line(chosen.id), safetext.Line(file[1]))
		return Definition{}, s.mismatch(where, s.draw(file[1]))
	}
	return s.machine(chosen, template{})
}

// serverlessFile matches a reference to a whole file. anyServerlessFile also matches a reference to
// a part of a file.
var (
	serverlessFile    = regexp.MustCompile(`^\$\{file\(([^()]+)\)\}$`)
	anyServerlessFile = regexp.MustCompile(`^\$\{file\(([^()]+)\)`)
)

// choose returns the state machine with the user's logical ID, or the only one.
func (s Source) choose(machines []machine) (machine, error) {
	var ids []string
	for _, m := range machines {
		ids = append(ids, m.id)
	}
	next := s.draw(filepath.Base(s.Name)) + " --definition-resource "
	if s.Name == "-" {
		next = "retrycatch graph --definition - --definition-resource "
	}
	switch i := slices.Index(ids, s.Resource); {
	case len(ids) == 0:
		return machine{}, s.mismatch("it is a template without a state machine", advice)
	case i >= 0:
		return machines[i], nil
	case s.Resource != "":
		return machine{}, &problem.Problem{What: fmt.Sprintf("the template has no state machine %s, only %s",
			safetext.Line(s.Resource), list(ids)), Next: next + safetext.Word(safetext.Line(ids[0]))}
	case len(ids) > 1:
		what := fmt.Sprintf("the template has %d state machines: %s", len(ids), list(ids))
		return machine{}, &problem.Problem{What: what, Next: next + safetext.Word(safetext.Line(ids[0]))}
	}
	return machines[0], nil
}

// list joins names, safe to show.
func list(names []string) string {
	const most = 30
	if len(names) > most {
		return safetext.Line(strings.Join(names[:most], ", ")) + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return safetext.Line(strings.Join(names, ", "))
}

// machine finds the definition in the properties of a state machine:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html
func (s Source) machine(m machine, t template) (Definition, error) {
	r := &resolver{}
	_ = json.Unmarshal(t.mappings, &r.mappings) // an unreadable mapping stays a placeholder
	value, err := s.definitionOf(m.properties, r)
	if err != nil {
		if m.id == "" || isProblem(err) {
			return Definition{}, err
		}
		return Definition{}, fmt.Errorf("the definition of %s: %w", safetext.Line(m.id), err)
	}
	return Definition{JSON: value, Name: m.id, Notes: r.notes}, nil
}

func isProblem(err error) bool {
	p := (*problem.Problem)(nil)
	return errors.As(err, &p)
}

func (s Source) definitionOf(p members, r *resolver) (json.RawMessage, error) {
	text, object := r.branch(p.get("DefinitionString")), r.branch(p.get("Definition"))
	if _, _, isFunction := function(text); kindOf(text) == '{' && !isFunction {
		text, object = nil, text // AWS refuses this, but it can be drawn
	}
	if name, argument, ok := function(object); ok && name == "Fn::Transform" {
		return s.file(included(argument), p, r)
	} else if ok && name == "Fn::ToJsonString" {
		object = argument
	}
	location := r.branch(p.get("DefinitionUri"))
	if _, _, ok := function(location); ok {
		name, err := r.text(location, 0)
		if err != nil {
			return nil, err
		}
		return s.file(name, p, r)
	}
	switch {
	case kindOf(object) == '"':
		return r.parse(stringOf(object), nil, false)
	case kindOf(text) == '"', kindOf(text) == '{':
		written, err := r.text(text, 0)
		if err != nil {
			return nil, err
		}
		return r.parse(written, p.get("DefinitionSubstitutions"), false)
	case kindOf(object) == '{':
		resolved, err := r.value(object, 0)
		if err != nil {
			return nil, err
		}
		return r.parse(string(resolved), p.get("DefinitionSubstitutions"), true)
	case kindOf(location) == '"':
		return s.file(stringOf(location), p, r)
	case location != nil:
		return s.stored(membersOf(location).get("Key"), p, r)
	case p.has("DefinitionS3Location"):
		return s.stored(membersOf(p.get("DefinitionS3Location")).get("Key"), p, r)
	}
	return nil, errors.New("there is none")
}

// branch returns the branch of an Fn::If to draw, or any other value unchanged.
func (r *resolver) branch(value json.RawMessage) json.RawMessage {
	for range deepest {
		name, argument, ok := function(value)
		branches := listOf(argument)
		if !ok || name != "Fn::If" || len(branches) != 3 {
			return value
		}
		if chosen, ok := r.choose(argument); ok {
			value = chosen
			continue
		}
		r.note("Fn::If %s: drawn as if it were true", stringOf(branches[0]))
		value = branches[1]
	}
	return value
}

// included returns the location in a transform that includes a file.
func included(transform json.RawMessage) string {
	return stringOf(membersOf(membersOf(transform).get("Parameters")).get("Location"))
}
