package lambda

import (
	"context"
	"encoding/json"
	"os"
	"sync"

	"retrycatch/internal/deployment"
)

// FunctionBuild compiles the mock API into a folder while the CDK's runtime starts. At that time,
// the architecture is only a guess. If the guess is wrong, Wait compiles again.
type FunctionBuild struct {
	folder       string
	architecture deployment.Architecture // empty before the first build
	building     sync.WaitGroup
	err          error // error of the last build
}

// StartBuild begins to compile the function. It takes the expected architecture from the context
// that the CDK CLI passes to the app.
func StartBuild(ctx context.Context) (*FunctionBuild, error) {
	folder, err := os.MkdirTemp("", "retrycatch-function-")
	if err != nil {
		return nil, err
	}
	f := &FunctionBuild{folder: folder}
	var expected map[string]any
	_ = json.Unmarshal([]byte(os.Getenv("CDK_CONTEXT_JSON")), &expected) // the CDK reports invalid JSON
	if d, err := deployment.New(func(option string) any { return expected[option] }); err == nil {
		f.architecture = d.Architecture
		f.building.Go(func() { f.err = BuildFunction(ctx, folder, d.Architecture) })
	}
	return f, nil
}

// Wait waits for the build and returns the folder. It compiles again if the architecture differs
// from the expected one.
func (f *FunctionBuild) Wait(ctx context.Context, architecture deployment.Architecture) (folder string, err error) {
	f.building.Wait()
	if f.architecture != architecture {
		f.architecture, f.err = architecture, BuildFunction(ctx, f.folder, architecture)
	}
	return f.folder, f.err
}

// Remove removes the folder. It first waits for a build that is still running.
func (f *FunctionBuild) Remove() {
	f.building.Wait()
	_ = os.RemoveAll(f.folder)
}
