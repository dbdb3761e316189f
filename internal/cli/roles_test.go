package cli

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestOnlyRoles runs commands for a caller whose only permission is to assume the CDK bootstrap
// roles.
func TestOnlyRoles(t *testing.T) {
	t.Parallel()
	const lookup = "cdk-hnb659fds-lookup-role-111122223333-eu-west-1"
	const deploy = "cdk-hnb659fds-deploy-role-111122223333-eu-west-1"
	protectedAndRunning := func(w *world) {
		w.deploy().Protected = true
		w.startRunning("a")
	}
	tests := []struct {
		name    string
		args    []string
		prepare func(*world)
		code    int
		want    []string
		changes []string
	}{
		{"deploy", []string{"deploy", "--yes"}, deployStack, 0, []string{lookup, "✓ retrycatch is CREATE_COMPLETE"}, nil},
		{"status", []string{"status"}, protectedAndRunning, 0, []string{lookup, "1 execution running."}, nil},
		{
			"destroy",
			[]string{"destroy", "--yes"},
			deployStack,
			0,
			[]string{lookup, deploy, fmt.Sprintf("Confirmed gone: %d resources.", len(worldResources))},
			[]string{"DeleteStack retrycatch"},
		},
		{"destroy --force", []string{"destroy", "--yes", "--force"}, protectedAndRunning, 0,
			[]string{lookup, deploy, "cannot stop the running executions", "cannot call states:StopExecution"},
			[]string{"UpdateTerminationProtection retrycatch", "DeleteStack retrycatch"}},
		{"destroy as JSON", []string{"destroy", "--yes", "--output", "json"}, func(w *world) {
			w.deploy()
			w.startRunning("a")
		}, 0, []string{`"executionsStopped": 0`, `"unread": [`, `cannot call states:StopExecution`},
			[]string{"DeleteStack retrycatch"}},
		{"destroy, with running executions", []string{"destroy", "--yes"}, func(w *world) {
			w.deploy()
			w.startRunning("a")
			w.FirstInstance(worldMachine).DeletionDuration = time.Hour
		}, 1, []string{"left: state machine MyAPIStateMachine; executions of the state machine may still be running",
			"next: ask an administrator to allow states:StopExecution, or wait until the executions have ended; " +
				"then retrycatch destroy --region eu-west-1"}, []string{"DeleteStack retrycatch"}},
		{"destroy leftovers", []string{"destroy", "--yes", "--force"}, (*world).addDeletedStack, 1,
			[]string{lookup, "the credentials cannot call iam:DeleteRole"}, nil},
		{"run", []string{"run"}, deployStack, 2, []string{"cannot call cloudformation:DescribeStacks"}, nil},
		{
			"inspect",
			[]string{"inspect", "latest"},
			deployStack,
			2,
			[]string{"cannot call cloudformation:DescribeStacks"},
			nil,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			result := runCommand(t, func(w *world) {
				test.prepare(w)
				w.OnlyCDKRoles = true
			}, test.args...)
			output := result.stdout + result.stderr
			for _, text := range test.want {
				if !strings.Contains(output, text) {
					t.Errorf("got\n%s\nwant it to contain %q", output, text)
				}
			}
			usesRoles := test.name != "run" && test.name != "inspect"
			if assumed := len(result.world.Inputs("STS.AssumeRole")) > 0; result.code != test.code || assumed != usesRoles {
				t.Errorf("got %s\nand assumed a role: %t; want exit code %d and %t", result, assumed, test.code, usesRoles)
			}
			if changes := strings.Join(result.world.Changes, ", "); changes != strings.Join(test.changes, ", ") {
				t.Errorf("got the changes %q, want %q", changes, strings.Join(test.changes, ", "))
			}
		})
	}
}
