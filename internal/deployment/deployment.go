// Package deployment defines a deployment: its options and the names of everything it creates. Both
// the stacks, which create the resources, and the commands, which look for them, use it.
package deployment

import "runtime"

// Architecture is the instruction set of the Lambda function, in Lambda's spelling.
type Architecture string

// Lambda offers these architectures:
// https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html
const (
	ARM64 Architecture = "arm64"
	X8664 Architecture = "x86_64"
)

// HostArchitecture returns the architecture of this machine, on which a local AWS runs functions.
func HostArchitecture() Architecture {
	if runtime.GOARCH == "amd64" {
		return X8664
	}
	return ARM64
}

// Deployment holds one validated set of options.
type Deployment struct {
	// Stage distinguishes deployments in the same account and region. If it is empty, names have no
	// suffix.
	Stage string
	// Account is the only permitted account. If it is empty, any account is permitted.
	Account string
	// Regions lists the regions, with one stack each. If it is empty, there is one stack in the
	// region of the AWS settings.
	Regions       []string
	Architecture  Architecture
	Observability bool   // alarms and a dashboard
	AlarmEmail    string // recipient of alarms; empty for none
	Protect       bool   // prevents the stack's deletion, and keeps its log groups after a deletion
}

// Stack describes one stack of a deployment.
type Stack struct {
	ID     string // in the CDK CLI
	Stage  string // empty if the names have no suffix
	Region string // empty for the region of the AWS settings
	Names  Names
}

// Stacks returns one stack per region of the deployment, or one stack without a region.
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
