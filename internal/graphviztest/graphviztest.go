// Package graphviztest is for tests that draw pictures: it makes the program that lays them out.
package graphviztest

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// Run runs a package's tests with the program where it is looked for, and returns their exit code.
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
	if output, err := exec.Command("go", "build", "-buildvcs=false", "-o", folder, "retrycatch/cmd/retrycatch-graphviz").CombinedOutput(); err != nil {
		return fmt.Errorf("the program does not build: %w\n%s", err, output)
	}
	return os.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
}
