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

// TestValidator checks the definition with an independent validator. Each broken definition
// violates one rule.
func TestValidator(t *testing.T) {
	t.Parallel()
	t.Run("valid", func(t *testing.T) {
		t.Parallel()
		if code, output := runValidator(t, deployedDefinition()); code != 0 {
			t.Errorf("the validator exited with %d, want 0:\n%s", code, output)
		}
	})
	tests := []struct{ name, old, broken, want string }{
		{"unknown next state", `"Next": "OK"`, `"Next": "Nowhere"`, "Nowhere"},
		{"unknown target of a catcher", `"Next": "Catch All"`, `"Next": "Nowhere"`, "Nowhere"},
		{"unknown start", `"StartAt": "Call API"`, `"StartAt": "Nowhere"`, "Nowhere"},
		{"unreachable state", `"Next": "Catch All"`, `"Next": "Server Unavailable"`, "Catch All"},
		{"unknown type", `"Type": "Wait"`, `"Type": "Sleep"`, "SCHEMA_VALIDATION_FAILED"},
		{"no end state", `"End": true`, `"Comment": "no end"`, "TERMINAL_STATE_WITH_NEXT"},
		{"negative attempts", `"MaxAttempts": 2`, `"MaxAttempts": -2`, "SCHEMA_VALIDATION_FAILED"},
		{"timeout as text", `"TimeoutSeconds": 600`, `"TimeoutSeconds": "soon"`, "SCHEMA_VALIDATION_FAILED"},
		{"no resource", `"Resource":`, `"Comment":`, "SCHEMA_VALIDATION_FAILED"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			broken := strings.Replace(deployedDefinition(), test.old, test.broken, 1)
			if broken == deployedDefinition() {
				t.Fatalf("the definition does not contain %s", test.old)
			}
			if code, output := runValidator(t, broken); code != 1 || !strings.Contains(output, test.want) {
				t.Errorf("the validator exited with %d and printed\n%s\nwant 1 and %q", code, output, test.want)
			}
		})
	}
}

// deployedDefinition returns the definition with an ARN instead of its placeholder.
func deployedDefinition() string {
	return strings.ReplaceAll(statemachine.Definition, "${MockAPIFunctionArn}",
		"arn:aws:lambda:eu-central-1:123456789012:function:MockAPIFunction")
}

// runValidator returns the exit code and the output of the validator. The code is 0 for a valid
// definition, and 1 for an invalid definition.
func runValidator(t *testing.T, definition string) (code int, output string) {
	t.Helper()
	validator := filepath.Join(repository, "test", "node_modules", ".bin", "asl-validator")
	if _, err := os.Stat(validator); err != nil {
		t.Fatalf("the validator is not installed: run \"make test-setup\": %v", err)
	}
	file := filepath.Join(t.TempDir(), "definition.asl.json")
	if err := os.WriteFile(file, []byte(definition), 0o600); err != nil {
		t.Fatal(err)
	}
	var both bytes.Buffer
	cmd := exec.CommandContext(t.Context(), validator, "--json-path", file)
	cmd.Stdout, cmd.Stderr = &both, &both
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatalf("cannot run the validator: %v", err)
	}
	return cmd.ProcessState.ExitCode(), both.String()
}
