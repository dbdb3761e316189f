package stacks

import (
	"os"
	"testing"

	"github.com/aws/jsii-runtime-go"
)

// TestMain removes the folder that the CDK's runtime makes as soon as a program that links it starts. The runtime itself
// starts with the first construct, and there is none here.
func TestMain(m *testing.M) {
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}
