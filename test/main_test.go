// Package test checks what is deployed: the synthesized templates, the state machine's definition and the CDK app.
package test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/gkampitakis/go-snaps/snaps"

	"retrycatch/stacks"
)

// The repository's folder, and the one that holds what the tests leave behind them, which goes with them.
var repository, scratch string

func TestMain(m *testing.M) {
	stderr := os.Stderr // stacks.CloseRuntime takes it away
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
	// The CDK CLI and the validator run on the Node that the repository pins. The CDK's runtime looks for Node before this
	// function begins, so that one has to be in the PATH of the tests: make test puts it there.
	pinned := filepath.Join(repository, "node_modules", ".bin")
	if err := os.Setenv("PATH", pinned+string(os.PathListSeparator)+os.Getenv("PATH")); err != nil {
		return 1, err
	}
	defer stacks.CloseRuntime()

	code = m.Run()
	// A snapshot that no test reads any more is as wrong as one that differs. Updating removes it.
	stale, err := snaps.Clean(m)
	if stale && os.Getenv("UPDATE_SNAPS") != "true" {
		return 1, err
	}
	return code, err
}
