package statemachine

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	if err := Check(Definition); err != nil {
		t.Error(err)
	}
	broken := strings.Replace(Definition, `"IntervalSeconds": 1`, `"IntervalSeconds": "one"`, 1)
	const want = "statemachine/definition.asl.json: the definition of the state machine is not valid: " +
		`state "Call API": Retry[0]: IntervalSeconds: must be a number, not a string`
	if err := Check(broken); err == nil || err.Error() != want {
		t.Errorf("wrong type: got error %v, want %s", err, want)
	}
	truncated := strings.TrimSuffix(strings.TrimSpace(Definition), "}")
	err := Check(truncated)
	if err == nil || !strings.HasPrefix(err.Error(), "statemachine/definition.asl.json: ") {
		t.Errorf("truncated definition: got error %v, want one that begins with the file name", err)
	}
}
