package aslfile

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"regexp"

	"retrycatch/internal/jsonfile"
	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
)

const (
	useDefinition = "use --definition with a definition in JSON or YAML, the output of " +
		"`aws stepfunctions describe-state-machine`, " +
		"or a template"

	describeCommand = "aws stepfunctions describe-state-machine --query definition --output text --state-machine-arn "
	graphPipe       = " | retrycatch graph --definition -"
)

// members holds the members of a JSON object in their order.
type members struct {
	names  []string
	values []json.RawMessage
}

// membersOf returns the members of an object. Other values have none.
func membersOf(value json.RawMessage) members {
	if firstByte(value) != '{' {
		return members{}
	}
	names, values, err := jsonfile.Members(value)
	if err != nil {
		return members{}
	}
	return members{names, values}
}

// get returns the value of a member, or nil. If a name is repeated, the last member counts.
func (m members) get(name string) (value json.RawMessage) {
	for i := range m.names {
		if m.names[i] == name {
			value = m.values[i]
		}
	}
	return value
}

func (m members) has(name string) bool { return m.get(name) != nil }

// isEvent reports whether an object is a history event.
func (m members) isEvent() bool {
	return (m.has("type") || m.has("Type")) && (m.has("timestamp") || m.has("Timestamp") || m.has("event_timestamp"))
}

// noDefinition returns a problem that says why the file has no definition, and what to do next.
func (s Source) noDefinition(reason, next string) error {
	return &problem.Problem{Err: noDefinitionError(reason), Next: next}
}

// noDefinitionError says why a file has no definition.
type noDefinitionError string

func (e noDefinitionError) Error() string { return string(e) }

// inspectCommand returns the command that inspects the file as a history.
func (s Source) inspectCommand() string { return "retrycatch inspect --file " + safetext.Word(s.Name) }

// graphCommand returns the command that draws a file. A relative path starts in the folder of s.
func (s Source) graphCommand(file string) string {
	if !filepath.IsAbs(file) {
		file = filepath.Join(filepath.Dir(s.Name), file)
	}
	return "retrycatch graph --definition " + safetext.Word(file)
}

// explainObject returns a problem for known kinds of objects without a definition, or nil.
func (s Source) explainObject(m members) error {
	arn := func(name string) string {
		if text := stringOf(m.get(name)); text != "" {
			return safetext.Word(safetext.Line(text))
		}
		return "ARN"
	}
	switch {
	case firstByte(m.get("events")) == '[', firstByte(m.get("Events")) == '[', m.isEvent():
		return s.noDefinition("it is an execution history", s.inspectCommand())
	case m.has("executionArn"):
		return s.noDefinition("it is an execution without its definition",
			"aws stepfunctions describe-state-machine-for-execution --query definition --output text "+
				"--execution-arn "+arn("executionArn")+graphPipe)
	case m.has("executions"):
		return s.noDefinition("it is a list of executions", describeCommand+"ARN"+graphPipe)
	case firstByte(m.get("stateMachines")) == '[':
		return s.noDefinition("it is a list of state machines", describeCommand+"ARN"+graphPipe)
	case m.has("stateMachineArn"):
		return s.noDefinition("it is a state machine without its definition",
			describeCommand+arn("stateMachineArn")+graphPipe)
	case m.has("terraform_version"), m.has("format_version"): // a Terraform state, or the output of terraform show
		return s.noDefinition("it is a Terraform state or plan", describeCommand+"ARN"+graphPipe)
	case m.has("AWSTemplateFormatVersion"), m.has("Transform"):
		return s.noDefinition("the template has no resources", useDefinition)
	}
	return nil
}

// explainText returns a problem for known kinds of text that are not JSON or YAML, or nil.
func (s Source) explainText(text []byte) error {
	text = bytes.TrimSpace(text)
	switch {
	case len(text) == 0:
		return s.noDefinition("it is empty", useDefinition)
	case awsError.Match(text):
		return s.noDefinition("it is an AWS CLI error", "repeat the AWS CLI command, and resolve its error")
	case markup.Match(text):
		return s.noDefinition("it is an HTML or XML page", useDefinition)
	case textOutput.Match(text):
		return s.noDefinition("it is the text output of the AWS CLI", describeCommand+"ARN"+graphPipe)
	}
	return nil
}

func (s Source) terraformProblem() error {
	return s.noDefinition("it is Terraform configuration",
		"use --definition with the file that contains the definition, or run "+describeCommand+"ARN"+graphPipe)
}

var (
	awsError = regexp.MustCompile(`^(aws: \[ERROR\]: )?An error occurred \(`)
	markup   = regexp.MustCompile(`(?i)^<(?:!doctype|!--|\?xml|html|head|body|svg)\b`)
	// The text output of describe-state-machine begins with the creation date and the definition.
	textOutput = regexp.MustCompile(`^[0-9][^\s]*\t\{`)
	terraform  = regexp.MustCompile(`(?m)^\s*(?:resource|data|module|locals|variable|provider|terraform)` +
		`\s*(?:"[^"\n]*"\s*)*\{`)
)
