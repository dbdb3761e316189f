// Package deployment says what one deployment is: the options that shape it and the names of everything it creates. The
// stacks that create the resources and the commands that look for them read the same values here.
package deployment

import "runtime"

// Architecture is the instruction set of the Lambda function, spelled as Lambda spells it.
type Architecture string

// The architectures Lambda offers: https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html
const (
	ARM64 Architecture = "arm64"
	X8664 Architecture = "x86_64"
)

// HostArchitecture is that of this machine, which runs what a local AWS is given.
func HostArchitecture() Architecture {
	if runtime.GOARCH == "amd64" {
		return X8664
	}
	return ARM64
}

// Deployment is one validated set of options.
type Deployment struct {
	// Stage sets a deployment apart from the others in the same account and region. It is empty for the one whose names
	// have no suffix.
	Stage string
	// Account is the only account to deploy to, or empty for whichever the credentials belong to.
	Account string
	// Regions are those that get a stack each. Empty means one stack, in the region of the settings.
	Regions       []string
	Architecture  Architecture
	Observability bool   // alarms and a dashboard
	AlarmEmail    string // who hears of an alarm; empty for nobody
	Protect       bool   // the stack cannot be deleted, and its log groups outlive it
}

// Stack is one of a deployment's stacks.
type Stack struct {
	ID     string // by which the CDK CLI knows it
	Stage  string // empty for the deployment without a suffix
	Region string // empty for that of the settings
	Names  Names
}

// Stacks returns one stack for each region that the deployment names, or the only one.
func (d Deployment) Stacks() []Stack {
	if len(d.Regions) == 0 {
		names := d.names("")
		return []Stack{{ID: names.Stack, Stage: d.Stage, Names: names}}
	}
	var stacks []Stack
	for _, region := range d.Regions {
		names := d.names(region)
		stacks = append(stacks, Stack{ID: names.Stack + "-" + region, Stage: d.Stage, Region: region, Names: names})
	}
	return stacks
}
