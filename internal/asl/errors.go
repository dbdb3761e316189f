package asl

import (
	"encoding/json"
	"slices"
)

// Error names that the language defines:
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
const (
	all               = "States.ALL"
	taskFailed        = "States.TaskFailed"
	timeout           = "States.Timeout"
	heartbeatTimeout  = "States.HeartbeatTimeout"
	runtime           = "States.Runtime"
	dataLimitExceeded = "States.DataLimitExceeded"
)

// ErrorNames is the ErrorEquals of a retrier or a catcher.
type ErrorNames []string

// UnmarshalJSON parses a list, or a placeholder for a list.
func (names *ErrorNames) UnmarshalJSON(text []byte) error {
	if isPlaceholder(text) {
		*names = ErrorNames{""}
		return json.Unmarshal(text, &(*names)[0])
	}
	return json.Unmarshal(text, (*[]string)(names))
}

// Match reports whether one of the names matches the error. These rules come from the page linked
// above the constants, and from the sources linked below:
//   - States.ALL matches all errors except States.DataLimitExceeded and States.Runtime.
//   - States.TaskFailed matches all errors except States.Timeout. Like States.ALL, it does not
//     match States.DataLimitExceeded and States.Runtime, although the page does not repeat this.
//   - States.Timeout also matches States.HeartbeatTimeout:
//     https://github.com/aws/aws-cdk/issues/16084. A history contains States.Timeout in both cases,
//     so it does not show whether a heartbeat was missed. A recording from AWS confirms this:
//     tests/aws/services/stepfunctions/v2/timeouts/test_heartbeats.snapshot.json in
//     https://github.com/localstack/localstack
//
// Any other name matches only the same name, in the same case. A catcher can name
// States.DataLimitExceeded: https://github.com/cdklabs/construct-hub/pull/1651
func (names ErrorNames) Match(err string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		switch name {
		case all:
			return err != dataLimitExceeded && err != runtime
		case taskFailed:
			return err != dataLimitExceeded && err != runtime && err != timeout && err != heartbeatTimeout
		case timeout:
			return err == timeout || err == heartbeatTimeout
		default:
			return name == err
		}
	})
}
