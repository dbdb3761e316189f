// Package deployment defines the options of a deployment and the names of its resources. The stacks
// create resources with these names, and the commands find them by these names.
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

// HostArchitecture returns the architecture of this machine. It is also the architecture of
// functions on a local AWS, which runs them on this machine.
func HostArchitecture() Architecture {
	if runtime.GOARCH == "amd64" {
		return X8664
	}
	return ARM64
}

// Deployment holds one validated set of options.
type Deployment struct {
	// Stage distinguishes deployments in the same account and region. It is part of all resource
	// names, unless it is empty.
	Stage string
	// Account is the only permitted account. If it is empty, any account is permitted.
	Account string
	// Regions lists the regions, with one stack each. If it is empty, the deployment has one stack,
	// in the region of the AWS settings.
	Regions       []string
	Architecture  Architecture
	Observability bool   // creates alarms and a dashboard
	AlarmEmail    string // address that gets the alarms, or empty
	Protect       bool   // turns on termination protection, and retains the log groups
}

// Stack describes one stack of a deployment.
type Stack struct {
	ID     string // ID in the CDK app
	Stage  string // stage of the deployment, or empty
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
