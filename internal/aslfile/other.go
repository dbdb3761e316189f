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
	advice = "name a definition in JSON or YAML, the output of `aws stepfunctions describe-state-machine`, " +
		"or a template"

	describe = "aws stepfunctions describe-state-machine --query definition --output text --state-machine-arn "
	pipe     = " | retrycatch graph --definition -"
)

// members holds the members of a JSON object, in order.
type members struct {
	names  []string
	values []json.RawMessage
}

// membersOf returns the members of an object, or none for any other value.
func membersOf(value json.RawMessage) members {
	if kindOf(value) != '{' {
		return members{}
	}
	names, values, err := jsonfile.Members(value)
	if err != nil {
		return members{}
	}
	return members{names, values}
}

// get returns the value of a member, or nil. The last member with the name wins.
func (m members) get(name string) (value json.RawMessage) {
	for i := range m.names {
		if m.names[i] == name {
			value = m.values[i]
		}
	}
	return value
}

func (m members) has(name string) bool { return m.get(name) != nil }

// isEvent reports whether an object is an event of a history.
func (m members) isEvent() bool {
	return (m.has("type") || m.has("Type")) && (m.has("timestamp") || m.has("Timestamp") || m.has("event_timestamp"))
}

// mismatch returns the problem of a file that holds something other than a definition.
func (s Source) mismatch(is, next string) error {
	return &problem.Problem{Err: mismatch(is), Next: next}
}

// mismatch describes the kind of a file.
type mismatch string

func (m mismatch) Error() string { return string(m) }

// inspect returns the command that shows the file as a history.
func (s Source) inspect() string { return "retrycatch inspect --file " + safetext.Word(s.Name) }

// draw returns the command that draws another file in the file's folder.
func (s Source) draw(file string) string {
	if !filepath.IsAbs(file) {
		file = filepath.Join(filepath.Dir(s.Name), file)
	}
	return "retrycatch graph --definition " + safetext.Word(file)
}

// other returns the problem of an object of a known kind without a definition, or nil.
func (s Source) other(m members) error {
	arn := func(name string) string {
		if text := stringOf(m.get(name)); text != "" {
			return safetext.Word(safetext.Line(text))
		}
		return "ARN"
	}
	switch {
	case kindOf(m.get("events")) == '[', kindOf(m.get("Events")) == '[', m.isEvent():
		return s.mismatch("it is the history of an execution", s.inspect())
	case m.has("executionArn"):
		return s.mismatch("it is the description of an execution",
			"aws stepfunctions describe-state-machine-for-execution --query definition --output text "+
				"--execution-arn "+arn("executionArn")+pipe)
	case m.has("executions"):
		return s.mismatch("it is a list of executions", describe+"ARN"+pipe)
	case kindOf(m.get("stateMachines")) == '[':
		return s.mismatch("it is a list of state machines", describe+"ARN"+pipe)
	case m.has("stateMachineArn"):
		return s.mismatch("it names a state machine without its definition", describe+arn("stateMachineArn")+pipe)
	case m.has("terraform_version"), m.has("format_version"): // a state, or the output of terraform show
		return s.mismatch("it is a state or a plan of Terraform", describe+"ARN"+pipe)
	case m.has("AWSTemplateFormatVersion"), m.has("Transform"):
		return s.mismatch("it is a template without resources", advice)
	}
	return nil
}

// otherText returns the problem of a text of a known kind that is neither JSON nor YAML, or nil.
func (s Source) otherText(text []byte) error {
	text = bytes.TrimSpace(text)
	switch {
	case len(text) == 0:
		return s.mismatch("it is empty", advice)
	case awsError.Match(text):
		return s.mismatch("it is an error of the AWS CLI", "repeat the command of the AWS CLI, and see what it says")
	case markup.Match(text):
		return s.mismatch("it is an HTML or XML page", advice)
	}
	return nil
}

// terraform returns the problem of Terraform configuration.
func (s Source) terraform() error {
	return s.mismatch("it is Terraform configuration",
		"name the template file of the definition, or use "+describe+"ARN"+pipe)
}

var (
	awsError  = regexp.MustCompile(`^(aws: \[ERROR\]: )?An error occurred \(`)
	markup    = regexp.MustCompile(`(?i)^<(?:!doctype|!--|\?xml|html|head|body|svg)\b`)
	terraform = regexp.MustCompile(`(?m)^\s*(?:resource|data|module|locals|variable|provider|terraform)` +
		`\s*(?:"[^"\n]*"\s*)*\{`)
)
