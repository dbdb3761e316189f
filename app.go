// Command retrycatch is the CDK app: the CDK CLI runs it, as cdk.json says, to learn what to deploy.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"retrycatch/internal/deployment"
	"retrycatch/stacks"
)

func main() {
	stderr := os.Stderr // closeRuntime takes it away
	if err := synthesize(context.Background()); err != nil {
		fmt.Fprintln(stderr, "retrycatch:", err)
		os.Exit(2)
	}
}

func synthesize(ctx context.Context) (err error) {
	defer closeRuntime()
	// The CDK's errors arrive as panics: what they say is for the user, the stack trace is not.
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the CDK reports: %v", cause)
		}
	}()
	app := awscdk.NewApp(nil)
	d, err := deployment.New(func(option string) any { return app.Node().TryGetContext(&option) })
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "retrycatch-function-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := stacks.BuildFunction(ctx, folder, d.Architecture); err != nil {
		return err
	}
	stacks.New(app, d, folder)
	app.Synth(nil)
	return nil
}

// closeRuntime ends the CDK's Node process. The runtime waits for it twice and reports the second wait, which finds no
// process, as "exited abnormally" on standard error, at any time from now on: nothing is said there any more.
func closeRuntime() {
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stderr = null
	}
	jsii.Close()
}
