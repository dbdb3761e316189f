package stacks

import (
	"os"

	"github.com/aws/jsii-runtime-go"
)

// CloseRuntime ends the CDK's Node process and removes its folder. The runtime waits for that process twice and reports
// the second wait, which finds none, as "exited abnormally" on standard error, at any time from now on. So standard error
// is given up for good: whoever has more to say there keeps the stream from before.
func CloseRuntime() {
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stderr = null
	}
	jsii.Close()
}
