package stacks

import (
	"os"
	"testing"
)

// TestMain removes the folder that the CDK's runtime creates in every program that links it.
func TestMain(m *testing.M) {
	code := m.Run()
	CloseRuntime()
	os.Exit(code)
}
