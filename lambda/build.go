// Package lambda compiles commands of this module into what AWS Lambda runs.
package lambda

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"retrycatch/internal/deployment"
)

// goarch maps Lambda's names of architectures to Go's.
var goarch = map[deployment.Architecture]string{deployment.ARM64: "arm64", deployment.X8664: "amd64"}

// BuildFunction compiles the mock API into the folder.
func BuildFunction(ctx context.Context, folder string, architecture deployment.Architecture) error {
	return Build(ctx, "retrycatch/lambda/mockapi", folder, architecture)
}

// Build compiles a command for Lambda into the folder, as the executable "bootstrap" that the provided runtimes start. The
// same toolchain makes the same bytes on every machine, so the asset keeps its hash: no path, no revision and no build ID goes
// into the binary, and no setting of the user's environment. A vendor folder lacks the modules' checksums, which are in the
// binary, so it serves only where the modules themselves cannot be had.
func Build(ctx context.Context, command, folder string, architecture deployment.Architecture) error {
	target, ok := goarch[architecture]
	if !ok { // Go would take its own machine's
		return fmt.Errorf("the function does not build for %q: Lambda has no such architecture", architecture)
	}
	bootstrap := filepath.Join(folder, "bootstrap")
	output, err := compile(ctx, command, bootstrap, target, "readonly")
	if _, missing := os.Stat("vendor/modules.txt"); err != nil && ctx.Err() == nil && missing == nil {
		output, err = compile(ctx, command, bootstrap, target, "vendor")
	}
	if err != nil {
		return fmt.Errorf("the function does not build for %s: %w\n%s", architecture, err, output)
	}
	// The mode goes into the zip. With a umask of 077, Lambda could not run the file.
	return os.Chmod(bootstrap, 0o755)
}

// compile runs the go command, and returns what it prints.
func compile(ctx context.Context, command, bootstrap, target, modules string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "build",
		"-tags=lambda.norpc", // without the RPC server of the retired go1.x runtime
		"-ldflags=-s -w -buildid=",
		"-o", bootstrap,
		command)
	// Every value says something, if only the default: where one is empty, Go reads what "go env -w" left on the machine.
	cmd.Env = append(os.Environ(),
		"GO111MODULE=on", "GOWORK=off", "GOFLAGS=-trimpath -buildvcs=false -mod="+modules,
		"GOOS=linux", "GOARCH="+target, "GOARM64=v8.0", "GOAMD64=v1",
		"CGO_ENABLED=0", "GOEXPERIMENT=,", "GOFIPS140=off")
	output, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(output)), err
}
