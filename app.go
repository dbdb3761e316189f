// Command retrycatch is the CDK app: the CDK CLI runs it, as cdk.json says, to learn what to deploy.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"retrycatch/internal/deployment"
	"retrycatch/lambda"
	"retrycatch/stacks"
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
	defer stacks.CloseRuntime()
	// The CDK's errors arrive as panics: what they say is for the user, the stack trace is not.
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the CDK reports: %v", cause)
		}
	}()
	folder, err := os.MkdirTemp("", "retrycatch-function-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	early := buildEarly(ctx, folder)
	defer early() // before the folder goes that it writes into
	app := awscdk.NewApp(nil)
	d, err := deployment.New(func(option string) any { return app.Node().TryGetContext(&option) })
	if err != nil {
		return err
	}
	built := early()
	if built.architecture != d.Architecture {
		built.err = lambda.BuildFunction(ctx, folder, d.Architecture)
	}
	if built.err != nil {
		return built.err
	}
	for _, s := range d.Stacks() {
		stacks.New(app, d, s, folder)
	}
	app.Synth(nil)
	return nil
}

// build is how a build of the function for one architecture ended.
type build struct {
	architecture deployment.Architecture
	err          error
}

// buildEarly begins to build the function while the CDK's runtime starts, without which the options are not known and which
// takes as long: for what the options most likely are, going by what the CDK CLI hands to the app. What it returns waits for
// the end.
func buildEarly(ctx context.Context, folder string) (wait func() build) {
	var expected map[string]any
	_ = json.Unmarshal([]byte(os.Getenv("CDK_CONTEXT_JSON")), &expected) // the CDK reads it too, and says if it cannot
	d, err := deployment.New(func(option string) any { return expected[option] })
	if err != nil {
		return func() build { return build{err: err} }
	}
	done := make(chan struct{})
	b := build{architecture: d.Architecture}
	go func() {
		defer close(done)
		b.err = lambda.BuildFunction(ctx, folder, d.Architecture)
	}()
	return func() build { <-done; return b }
}
