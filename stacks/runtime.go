package stacks

import (
	"os"

	"github.com/aws/jsii-runtime-go"
)

// CloseRuntime ends the CDK's Node process and removes its folder. It also discards everything
// written to os.Stderr from then on. The reason: the runtime waits for the process twice. The
// second wait fails, and some time later, the runtime prints the message "exited abnormally". A
// caller that still writes to standard error must save os.Stderr first.
func CloseRuntime() {
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stderr = null
	}
	jsii.Close()
}
