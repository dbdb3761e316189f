// Package graphviztest builds the layout program for tests that draw pictures.
package graphviztest

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// Run adds a fresh build of the layout program to PATH, runs the tests, and returns their exit
// code.
func Run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "retrycatch-graphviz-")
	if err == nil {
		defer os.RemoveAll(folder)
		err = build(folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func build(folder string) error {
	const command = "retrycatch/cmd/retrycatch-graphviz"
	output, err := exec.Command("go", "build", "-buildvcs=false", "-o", folder, command).CombinedOutput()
	if err != nil {
		return fmt.Errorf("cannot build %s: %w\n%s", command, err, output)
	}
	return os.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
}
