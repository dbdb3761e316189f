// Package lambda compiles commands of this module for AWS Lambda.
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

// goarch maps Lambda's architecture names to Go's.
var goarch = map[deployment.Architecture]string{deployment.ARM64: "arm64", deployment.X8664: "amd64"}

// BuildFunction compiles the mock API into the folder.
func BuildFunction(ctx context.Context, folder string, architecture deployment.Architecture) error {
	return Build(ctx, "retrycatch/lambda/mockapi", folder, architecture)
}

// Build compiles a command into the folder, as the executable "bootstrap" that Lambda's OS-only
// runtimes start. The same toolchain produces the same bytes on every machine, so the asset keeps
// its hash: the binary contains no path, revision or build ID, and the build ignores the user's Go
// settings. Build uses a vendor folder only if the build without it fails, for example because the
// modules cannot be downloaded. A binary built from that folder lacks the modules' checksums.
func Build(ctx context.Context, command, folder string, architecture deployment.Architecture) error {
	target, ok := goarch[architecture]
	if !ok { // with an empty GOARCH, Go would build for this machine
		return fmt.Errorf("cannot build the function for %q: Lambda has no such architecture", architecture)
	}
	bootstrap := filepath.Join(folder, "bootstrap")
	output, err := compile(ctx, command, bootstrap, target, "readonly")
	if _, vendorErr := os.Stat("vendor/modules.txt"); err != nil && ctx.Err() == nil && vendorErr == nil {
		output, err = compile(ctx, command, bootstrap, target, "vendor")
	}
	if err != nil {
		return fmt.Errorf("cannot build the function for %s: %w\n%s", architecture, err, output)
	}
	// The zip keeps the mode. With a umask of 077, Lambda could not run the file.
	return os.Chmod(bootstrap, 0o755)
}

// compile runs "go build" and returns its output.
func compile(ctx context.Context, command, bootstrap, target, modules string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "build",
		"-tags=lambda.norpc", // without the RPC server of the retired go1.x runtime
		"-ldflags=-s -w -buildid=",
		"-o", bootstrap,
		command)
	// Set every variable, even if only to its default: for an empty one, Go uses the value that "go
	// env -w" saved on the machine.
	cmd.Env = append(os.Environ(),
		"GO111MODULE=on", "GOWORK=off", "GOFLAGS=-trimpath -buildvcs=false -mod="+modules,
		"GOOS=linux", "GOARCH="+target, "GOARM64=v8.0", "GOAMD64=v1",
		"CGO_ENABLED=0", "GOEXPERIMENT=,", "GOFIPS140=off")
	output, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(output)), err
}
