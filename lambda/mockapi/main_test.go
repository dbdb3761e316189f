package main

import (
	"os"
	"testing"

	"retrycatch/stacks"
)

// TestMain removes the folder that the CDK's runtime makes as soon as a program that links it starts: the stack's package
// has the function's build, and nothing else of it is used here.
func TestMain(m *testing.M) {
	code := m.Run()
	stacks.CloseRuntime()
	os.Exit(code)
}
