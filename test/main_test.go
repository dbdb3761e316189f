// Package test checks the CDK app, the synthesized templates and the definition of the state
// machine.
package test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/gkampitakis/go-snaps/snaps"

	"retrycatch/stacks"
)

var (
	repository string // path of the repository
	scratch    string // temporary folder that all tests share
)

func TestMain(m *testing.M) {
	stderr := os.Stderr // stacks.CloseRuntime replaces os.Stderr
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	if repository, err = filepath.Abs(".."); err != nil {
		return 1, err
	}
	if scratch, err = os.MkdirTemp("", "retrycatch-test-"); err != nil {
		return 1, err
	}
	defer os.RemoveAll(scratch)
	// The CDK CLI and the validator use the Node version that the repository pins. The CDK's
	// runtime looks for Node before this function runs, so make test also adds the pinned version
	// to PATH.
	pinned := filepath.Join(repository, "node_modules", ".bin")
	if err := os.Setenv("PATH", pinned+string(os.PathListSeparator)+os.Getenv("PATH")); err != nil {
		return 1, err
	}
	defer stacks.CloseRuntime()

	code = m.Run()
	// If UPDATE_SNAPS is set, Clean removes snapshots that no test uses.
	stale, err := snaps.Clean(m)
	if stale && os.Getenv("UPDATE_SNAPS") != "true" {
		return 1, err
	}
	return code, err
}
