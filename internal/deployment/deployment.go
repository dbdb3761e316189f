// Package deployment says what one deployment is: the options that shape it and the names of everything it creates. The
// stack that creates the resources and the commands that look for them read the same values here.
package deployment

import (
	"fmt"
	"slices"
	"strings"
)

// Architecture is the instruction set of the Lambda function, spelled as Lambda spells it.
type Architecture string

// The architectures Lambda offers: https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html
const (
	ARM64 Architecture = "arm64"
	X8664 Architecture = "x86_64"
)

// The options, as they are called in the CDK's context (npx cdk deploy -c NAME=VALUE).
const OptionArchitecture = "architecture"

// Deployment is one validated set of options.
type Deployment struct {
	Architecture Architecture
}

// OptionError says that an option has a value that it cannot have, or does not exist.
type OptionError struct {
	Option, Value string
	Allowed       []string // the values allowed, or the options there are when Option is none of them
	Unknown       bool
}

func (e *OptionError) Error() string {
	if e.Unknown {
		return fmt.Sprintf("there is no option %q: the options are %s", e.Option, strings.Join(e.Allowed, ", "))
	}
	return fmt.Sprintf("option %s cannot be %q: it is one of %s, for example -c %s=%s",
		e.Option, e.Value, strings.Join(e.Allowed, ", "), e.Option, e.Allowed[0])
}

// New validates options. An absent or nil value means the option's default; values come from the CDK's context, so they
// may be of any JSON type. The error is an *OptionError.
func New(lookup func(option string) any) (Deployment, error) {
	d := Deployment{Architecture: ARM64}
	if value := lookup(OptionArchitecture); value != nil {
		d.Architecture = Architecture(fmt.Sprint(value))
	}
	allowed := []string{string(ARM64), string(X8664)}
	if !slices.Contains(allowed, string(d.Architecture)) {
		return Deployment{}, &OptionError{Option: OptionArchitecture, Value: string(d.Architecture), Allowed: allowed}
	}
	return d, nil
}

// FromPairs validates options given as KEY=VALUE, as -c takes them. Unlike the context of a CDK app, which holds the
// CDK's own keys too, these are all ours: an unknown one is a mistake.
func FromPairs(pairs []string) (Deployment, error) {
	values := map[string]any{}
	for _, pair := range pairs {
		option, value, _ := strings.Cut(pair, "=")
		if option != OptionArchitecture {
			return Deployment{}, &OptionError{Option: option, Value: value, Allowed: []string{OptionArchitecture}, Unknown: true}
		}
		values[option] = value
	}
	return New(func(option string) any { return values[option] })
}

// The stack's outputs.
const (
	OutputStateMachine     = "StateMachineArn"
	OutputFunction         = "FunctionArn"
	OutputFunctionRole     = "FunctionRoleArn"
	OutputStateMachineRole = "StateMachineRoleArn"
	OutputConsole          = "StateMachineConsole"
)

// Names are the physical names of a deployment. Those of roles are unique in the whole account, the others in a region.
type Names struct {
	Stack            string
	FunctionRole     string
	StateMachineRole string
	Function         string
	FunctionLogs     string
	StateMachine     string
	StateMachineLogs string
}

// Names returns the names of everything that the deployment creates.
func (d Deployment) Names() Names {
	return Names{
		Stack:            "retrycatch",
		FunctionRole:     "lambda_basic_execution",
		StateMachineRole: "step_functions_basic_execution",
		Function:         "MockAPIFunction",
		// Lambda writes to this group unless told otherwise, and creates it where the role lets it.
		FunctionLogs: "/aws/lambda/MockAPIFunction",
		StateMachine: "MyAPIStateMachine",
		// Under /aws/vendedlogs/ a delivery adds nothing to the account's log resource policy, which is limited to 5120
		// characters: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
		StateMachineLogs: "/aws/vendedlogs/states/MyAPIStateMachine",
	}
}
