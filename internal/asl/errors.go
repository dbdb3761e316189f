package asl

import "slices"

// Names of errors that the language defines:
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
const (
	all               = "States.ALL"
	taskFailed        = "States.TaskFailed"
	timeout           = "States.Timeout"
	heartbeatTimeout  = "States.HeartbeatTimeout"
	runtime           = "States.Runtime"
	dataLimitExceeded = "States.DataLimitExceeded"
)

// ErrorNames are the names in the ErrorEquals of a retrier or a catcher.
type ErrorNames []string

// Match reports whether one of the names stands for the error. The page above says:
//   - States.ALL matches any error name, but neither States.DataLimitExceeded nor States.Runtime.
//   - States.TaskFailed matches any error except States.Timeout. The page does not repeat the two
//     exceptions here. They hold all the same: no error that the wider wildcard misses is matched
//     by the narrower one.
//   - States.Timeout is also reported for a missed heartbeat, and States.HeartbeatTimeout names
//     only that: https://github.com/aws/aws-cdk/issues/16084. Histories name States.Timeout for
//     both, as AWS recorded them for LocalStack (tests/aws/services/stepfunctions/v2/timeouts/
//     test_heartbeats.snapshot.json in https://github.com/localstack/localstack), so a history
//     does not tell that a heartbeat was missed.
//
// Any other name matches itself, in the same case. So a catcher that names States.DataLimitExceeded
// takes it: https://github.com/cdklabs/construct-hub/pull/1651
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
