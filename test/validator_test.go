package test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"retrycatch/statemachine"
)

// A validator that others wrote knows rules of the Amazon States Language that the tests here do not.
func TestTheDefinitionIsValid(t *testing.T) {
	t.Parallel()
	if code, says := validate(t, deployed()); code != 0 {
		t.Errorf("the validator ends with %d:\n%s", code, says)
	}
}

// The validator is known to look: each of these breaks one rule.
func TestTheValidatorRejectsABrokenDefinition(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, old, broken, says string }{
		{"a transition to no state", `"Next": "OK"`, `"Next": "Nowhere"`, "Nowhere"},
		{"a catcher that leads to no state", `"Next": "Catch All"`, `"Next": "Nowhere"`, "Nowhere"},
		{"a start at no state", `"StartAt": "Call API"`, `"StartAt": "Nowhere"`, "Nowhere"},
		{"a state that nothing leads to", `"Next": "Catch All"`, `"Next": "Server Unavailable"`, "Catch All"},
		{"an unknown type of state", `"Type": "Wait"`, `"Type": "Sleep"`, "SCHEMA_VALIDATION_FAILED"},
		{"a state without an end", `"End": true`, `"Comment": "on and on"`, "TERMINAL_STATE_WITH_NEXT"},
		{"a negative number of attempts", `"MaxAttempts": 2`, `"MaxAttempts": -2`, "SCHEMA_VALIDATION_FAILED"},
		{"a timeout that is text", `"TimeoutSeconds": 600`, `"TimeoutSeconds": "soon"`, "SCHEMA_VALIDATION_FAILED"},
		{"a task without a resource", `"Resource":`, `"Comment":`, "SCHEMA_VALIDATION_FAILED"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			broken := strings.Replace(deployed(), test.old, test.broken, 1)
			if broken == deployed() {
				t.Fatalf("the definition has no %s to break", test.old)
			}
			if code, says := validate(t, broken); code != 1 || !strings.Contains(says, test.says) {
				t.Errorf("the validator ends with %d, want 1, and says, without %q:\n%s", code, test.says, says)
			}
		})
	}
}

// deployed is the definition as CloudFormation hands it on.
func deployed() string {
	return strings.ReplaceAll(statemachine.Definition, "${MockAPIFunctionArn}",
		"arn:aws:lambda:eu-central-1:123456789012:function:MockAPIFunction")
}

// validate gives the validator's exit code, 0 for a valid definition and 1 for another, and its words.
func validate(t *testing.T, definition string) (code int, says string) {
	t.Helper()
	validator := filepath.Join(repository, "test", "node_modules", ".bin", "asl-validator")
	if _, err := os.Stat(validator); err != nil {
		t.Fatalf("the validator is not installed: run the tests with \"make test\", which installs it: %v", err)
	}
	file := filepath.Join(t.TempDir(), "definition.asl.json")
	if err := os.WriteFile(file, []byte(definition), 0o600); err != nil {
		t.Fatal(err)
	}
	var output bytes.Buffer
	cmd := exec.CommandContext(t.Context(), validator, "--json-path", file)
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatalf("the validator does not run: %v", err)
	}
	return cmd.ProcessState.ExitCode(), output.String()
}
