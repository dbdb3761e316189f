package cdk

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
)

// ErrDeclined reports that the user answered no when the CDK CLI asked whether to deploy. The CDK
// CLI deployed nothing.
var ErrDeclined = errors.New("the deployment was declined")

// declinedName is the name of the error that the CDK CLI reports if the user declines:
// https://github.com/aws/aws-cdk-cli/blob/main/packages/aws-cdk/lib/cli/cdk-toolkit.ts
const declinedName = "DeployAborted"

// telemetryFile is the path of a local file to which the CDK CLI writes its telemetry events. The
// events contain the names of errors, whereas the exit code is the same for every failure.
type telemetryFile string

// newTelemetryFile returns the path of a file that the CDK CLI can create. The caller must call
// remove after the CDK CLI has exited.
func newTelemetryFile() (_ telemetryFile, remove func(), err error) {
	folder, err := os.MkdirTemp("", "retrycatch-cdk-record-")
	if err != nil {
		return "", nil, err
	}
	return telemetryFile(filepath.Join(folder, "events.json")), func() { os.RemoveAll(folder) }, nil
}

// declined reports whether the events contain an error with the name declinedName. It returns false
// if the events cannot be read.
func (f telemetryFile) declined() bool {
	type event struct {
		Error struct {
			Name string `json:"name"`
		} `json:"error"`
	}
	var events []event
	text, err := os.ReadFile(string(f))
	if err != nil || json.Unmarshal(text, &events) != nil {
		return false
	}
	return slices.ContainsFunc(events, func(e event) bool { return e.Error.Name == declinedName })
}
