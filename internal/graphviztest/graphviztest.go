// Package graphviztest is for tests that draw pictures: it makes the program that lays them out.
package graphviztest

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// Run builds the program into PATH, runs a package's tests, and returns their exit code.
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
