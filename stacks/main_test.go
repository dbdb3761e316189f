package stacks

import (
	"os"
	"testing"
)

// TestMain removes the folder that the CDK's runtime makes as soon as a program that links it starts. The runtime itself
// starts with the first construct, and there is none here.
func TestMain(m *testing.M) {
	code := m.Run()
	CloseRuntime()
	os.Exit(code)
}
