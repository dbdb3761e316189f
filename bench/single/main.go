// Command single is a minimal CDK app in Go, with one resource. It is the benchmark's reference for
// the synthesis of the project.
package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"

	"retrycatch/stacks"
)

func main() {
	defer stacks.CloseRuntime()
	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("single"), nil)
	awslogs.NewLogGroup(stack, jsii.String("Logs"), nil)
	app.Synth(nil)
}
