package cdk

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
)

// ErrDeclined reports that the CDK CLI asked whether to deploy, and that the answer was no. Nothing
// was deployed then.
var ErrDeclined = errors.New("the deployment was declined")

// declinedName names the CDK CLI's error after that answer:
// https://github.com/aws/aws-cdk-cli/blob/main/packages/aws-cdk/lib/cli/cdk-toolkit.ts
const declinedName = "DeployAborted"

// record is the file in which the CDK CLI records its own events. Its exit code is the same for
// every failure. The record has the name of the error, and stays on this machine.
type record string

// newRecord returns a record that does not exist yet: the CDK CLI creates it. The caller calls
// remove after it.
func newRecord() (_ record, remove func(), err error) {
	folder, err := os.MkdirTemp("", "retrycatch-cdk-record-")
	if err != nil {
		return "", nil, err
	}
	return record(filepath.Join(folder, "events.json")), func() { os.RemoveAll(folder) }, nil
}

// declined reports whether the record has the error after the answer no.
func (r record) declined() bool {
	type event struct {
		Error struct {
			Name string `json:"name"`
		} `json:"error"`
	}
	var events []event
	text, err := os.ReadFile(string(r))
	if err != nil || json.Unmarshal(text, &events) != nil {
		return false
	}
	return slices.ContainsFunc(events, func(e event) bool { return e.Error.Name == declinedName })
}
