// Command retrycatch is the CDK app. The CDK CLI runs it, as configured in cdk.json, to synthesize
// the CloudFormation templates.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"retrycatch/internal/deployment"
	"retrycatch/lambda"
	"retrycatch/stacks"
	"retrycatch/statemachine"
)

func main() {
	stderr := os.Stderr // stacks.CloseRuntime replaces os.Stderr
	err := synthesize(context.Background())
	if err == nil {
		return
	}
	problems := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		problems = joined.Unwrap()
	}
	for _, problem := range problems {
		fmt.Fprintln(stderr, "retrycatch:", problem)
	}
	os.Exit(2)
}

// synthesize builds the function and writes the template of each stack.
func synthesize(ctx context.Context) (err error) {
	if err := statemachine.Check(statemachine.Definition); err != nil {
		return err
	}
	defer stacks.CloseRuntime()
	// The CDK reports errors as panics. The user needs their text, not the stack trace.
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the CDK reports: %v", cause)
		}
	}()
	function, err := lambda.StartBuild(ctx)
	if err != nil {
		return err
	}
	defer function.Remove()
	app := awscdk.NewApp(nil)
	d, err := deployment.New(func(option string) any { return app.Node().TryGetContext(&option) })
	if err != nil {
		return err
	}
	folder, err := function.Wait(ctx, d.Architecture)
	if err != nil {
		return err
	}
	for _, s := range d.Stacks() {
		stacks.New(app, d, s, folder)
	}
	app.Synth(nil)
	return nil
}
