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

// machine holds a state machine resource of a template.
type machine struct {
	id         string
	properties members
}

// template holds the section of a template that a definition can refer to.
type template struct {
	mappings json.RawMessage
}

// isMachine reports whether a resource of this type is a state machine.
func isMachine(kind string) bool {
	return kind == "AWS::StepFunctions::StateMachine" || kind == "AWS::Serverless::StateMachine"
}

// templateDefinition finds the definition in a template of CloudFormation, SAM or the CDK.
func (s Source) templateDefinition(m members) (Definition, error) {
	var machines []machine
	var nested []string
	next := "use --definition with the template of a nested stack"
	resources := expandForEach(membersOf(m.get("Resources")))
	for i, id := range resources.names {
		declared := membersOf(resources.values[i])
		properties := membersOf(declared.get("Properties"))
		switch kind := stringOf(declared.get("Type")); {
		case isMachine(kind):
			machines = append(machines, machine{id, properties})
		case kind == "AWS::CloudFormation::Stack", kind == "AWS::Serverless::Application":
			nested = append(nested, id)
			file := cmp.Or(stringOf(membersOf(declared.get("Metadata")).get("aws:asset:path")), // set by the CDK
				stringOf(properties.get("TemplateURL")), stringOf(properties.get("Location")))
			if len(nested) == 1 && file != "" && !urlScheme.MatchString(file) {
				next = s.graphCommand(safetext.Line(file))
			}
		}
	}
	if len(machines) == 0 && len(nested) > 0 {
		return Definition{},
			s.noDefinition("the template has no state machine, only nested stacks: "+joinNames(nested), next)
	}
	chosen, err := s.chooseMachine(machines)
	if err != nil {
		return Definition{}, err
	}
	return s.machineDefinition(chosen, template{m.get("Mappings")})
}

// expandForEach adds the resources in Fn::ForEach. Their logical IDs contain the placeholder for
// the loop variable.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html
func expandForEach(resources members) members {
	all := resources
	for i, name := range resources.names {
		if loop := listOf(resources.values[i]); strings.HasPrefix(name, "Fn::ForEach::") && len(loop) == 3 {
			inner := membersOf(loop[2])
			all.names, all.values = append(all.names, inner.names...), append(all.values, inner.values...)
		}
	}
	return all
}

// serverlessDefinition finds the definition in a serverless.yml:
// https://github.com/serverless-operations/serverless-step-functions
func (s Source) serverlessDefinition(stepFunctions json.RawMessage) (Definition, error) {
	declared := membersOf(stepFunctions).get("stateMachines")
	if file := serverlessFileOrPart.FindStringSubmatch(stringOf(declared)); file != nil {
		name := safetext.Line(file[1])
		return Definition{}, s.noDefinition("its state machines are in "+name, s.graphCommand(name))
	}
	return s.serverlessMachineDefinition(membersOf(declared))
}

// serverlessMachineDefinition finds the definition in the stateMachines section of a
// serverless.yml.
func (s Source) serverlessMachineDefinition(declared members) (Definition, error) {
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
	chosen, err := s.chooseMachine(machines)
	if err != nil {
		return Definition{}, err
	}
	if file := serverlessFile.FindStringSubmatch(stringOf(declared.get(chosen.id))); file != nil {
		where := fmt.Sprintf("the definition of %s is in %s", safetext.Line(chosen.id), safetext.Line(file[1]))
		return Definition{}, s.noDefinition(where, s.graphCommand(file[1]))
	}
	return s.machineDefinition(chosen, template{})
}

// serverlessFile matches a reference to a file. serverlessFileOrPart also matches a reference to a
// part of a file.
var (
	serverlessFile       = regexp.MustCompile(`^\$\{file\(([^()]+)\)\}$`)
	serverlessFileOrPart = regexp.MustCompile(`^\$\{file\(([^()]+)\)`)
)

// chooseMachine returns the state machine with the logical ID in Resource. Without Resource, it
// returns the only state machine.
func (s Source) chooseMachine(machines []machine) (machine, error) {
	var ids []string
	for _, m := range machines {
		ids = append(ids, m.id)
	}
	next := s.graphCommand(filepath.Base(s.Name)) + " --definition-resource "
	if s.Name == "-" {
		next = "retrycatch graph --definition - --definition-resource "
	}
	switch i := slices.Index(ids, s.Resource); {
	case len(ids) == 0:
		return machine{}, s.noDefinition("the template has no state machine", useDefinition)
	case i >= 0:
		return machines[i], nil
	case s.Resource != "":
		return machine{}, &problem.Problem{What: fmt.Sprintf("the template has no state machine %s; its state machines: %s",
			safetext.Line(s.Resource), joinNames(ids)), Next: next + safetext.Word(safetext.Line(ids[0]))}
	case len(ids) > 1:
		what := fmt.Sprintf("the template has %d state machines: %s", len(ids), joinNames(ids))
		return machine{}, &problem.Problem{What: what, Next: next + safetext.Word(safetext.Line(ids[0]))}
	}
	return machines[0], nil
}

// joinNames joins the first names, counts the others, and removes control characters.
func joinNames(names []string) string {
	const maxNames = 30
	if len(names) > maxNames {
		return safetext.Line(strings.Join(names[:maxNames], ", ")) + fmt.Sprintf(" and %d more", len(names)-maxNames)
	}
	return safetext.Line(strings.Join(names, ", "))
}

// machineDefinition finds the definition in the properties of a state machine:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html
func (s Source) machineDefinition(m machine, t template) (Definition, error) {
	r := &resolver{}
	_ = json.Unmarshal(t.mappings, &r.mappings) // without the mappings, Fn::FindInMap becomes a placeholder
	value, err := s.resolveDefinition(m.properties, r)
	switch {
	case err != nil && (m.id == "" || isProblem(err)):
		return Definition{}, err
	case errors.Is(err, errNoDefinition):
		return Definition{}, fmt.Errorf("the state machine %s has no definition", safetext.Line(m.id))
	case err != nil:
		return Definition{}, fmt.Errorf("the definition of %s: %w", safetext.Line(m.id), err)
	}
	return Definition{JSON: value, Name: m.id, Notes: r.notes}, nil
}

// errNoDefinition reports that the properties of a state machine contain no definition.
var errNoDefinition = errors.New("it has no definition")

func isProblem(err error) bool {
	p := (*problem.Problem)(nil)
	return errors.As(err, &p)
}

func (s Source) resolveDefinition(p members, r *resolver) (json.RawMessage, error) {
	text, object := r.chooseBranch(p.get("DefinitionString")), r.chooseBranch(p.get("Definition"))
	if _, _, isFunction := parseFunction(text); firstByte(text) == '{' && !isFunction {
		text, object = nil, text // AWS rejects an object here, but retrycatch can draw it
	}
	if name, argument, ok := parseFunction(object); ok && name == "Fn::Transform" {
		return s.readReferenced(includeLocation(argument), p, r)
	} else if ok && name == "Fn::ToJsonString" {
		object = argument
	}
	location := r.chooseBranch(p.get("DefinitionUri"))
	if _, _, ok := parseFunction(location); ok {
		name, err := r.resolveText(location, 0)
		if err != nil {
			return nil, err
		}
		return s.readReferenced(name, p, r)
	}
	switch {
	case firstByte(object) == '"':
		return r.parseDefinition(stringOf(object), nil, false)
	case firstByte(text) == '"', firstByte(text) == '{':
		resolved, err := r.resolveText(text, 0)
		if err != nil {
			return nil, err
		}
		return r.parseDefinition(resolved, p.get("DefinitionSubstitutions"), false)
	case firstByte(object) == '{':
		resolved, err := r.resolve(object, 0)
		if err != nil {
			return nil, err
		}
		return r.parseDefinition(string(resolved), p.get("DefinitionSubstitutions"), true)
	case firstByte(location) == '"':
		return s.readReferenced(stringOf(location), p, r)
	case location != nil:
		return s.readAsset(membersOf(location).get("Key"), p, r)
	case p.has("DefinitionS3Location"):
		return s.readAsset(membersOf(p.get("DefinitionS3Location")).get("Key"), p, r)
	}
	return nil, errNoDefinition
}

// chooseBranch returns the branch to draw if the value is an Fn::If. It returns other values
// unchanged.
func (r *resolver) chooseBranch(value json.RawMessage) json.RawMessage {
	for range maxDepth {
		name, argument, ok := parseFunction(value)
		branches := listOf(argument)
		if !ok || name != "Fn::If" || len(branches) != 3 {
			return value
		}
		if chosen, ok := r.ifBranch(argument); ok {
			value = chosen
			continue
		}
		r.addNote("Fn::If %s: drawn as if the condition were true", stringOf(branches[0]))
		value = branches[1]
	}
	return value
}

// includeLocation returns the file that an AWS::Include transform includes.
func includeLocation(transform json.RawMessage) string {
	return stringOf(membersOf(membersOf(transform).get("Parameters")).get("Location"))
}
