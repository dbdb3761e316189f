// Command retrycatch is the CDK app: the CDK CLI runs it, as cdk.json says, to learn what to deploy.
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
	stderr := os.Stderr // stacks.CloseRuntime takes it away
	err := synthesize(context.Background())
	if err == nil {
		return
	}
	each := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		each = joined.Unwrap()
	}
	for _, one := range each {
		fmt.Fprintln(stderr, "retrycatch:", one)
	}
	os.Exit(2)
}

func synthesize(ctx context.Context) (err error) {
	if err := statemachine.Check(statemachine.Definition); err != nil {
		return err
	}
	defer stacks.CloseRuntime()
	// The CDK's errors arrive as panics. The user needs their text, not the stack trace.
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the CDK reports: %v", cause)
		}
	}()
	function, err := lambda.Start(ctx)
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
