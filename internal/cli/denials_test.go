package cli

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/accountstub"
	"retrycatch/internal/session"
)

// optionalActions lists the optional actions of each command. If an optional action is denied, the
// command can still succeed, but must report what it could not read. The actions of inspect are
// also optional for executions, graph and report.
var optionalActions = map[string][]string{
	"deploy": {"cloudformation:DetectStackResourceDrift", "cloudformation:GetResource", "cloudformation:GetTemplate",
		"cloudformation:ListStacks", "sns:ListTagsForResource", "ssm:GetParameter"},
	"run": {"cloudformation:GetTemplate", "cloudformation:ListStackResources",
		"states:DescribeStateMachineForExecution", "states:ListExecutions", "states:StopExecution"},
	"inspect": {"logs:FilterLogEvents", // for log records
		"states:DescribeExecution", "states:DescribeStateMachineForExecution"}, // for a report's trace IDs and graphs
	"status": {
		"cloudformation:DescribeStackEvents",
		"cloudformation:DetectStackResourceDrift",
		"cloudformation:GetResource",
		"cloudformation:GetTemplate",
		"cloudformation:ListStacks",
		"iam:ListAttachedRolePolicies",
		"iam:ListInstanceProfilesForRole",
		"iam:ListRolePolicies",
		"sns:ListTagsForResource",
		"ssm:GetParameter",
		"states:ListExecutions",
	},
	"destroy": {"cloudformation:GetTemplate", "events:ListRuleNamesByTarget", "iam:ListAttachedRolePolicies",
		"iam:ListInstanceProfilesForRole", "iam:ListRolePolicies", "iam:SimulatePrincipalPolicy",
		"lambda:ListEventSourceMappings", "logs:DescribeResourcePolicies", "sns:ListTagsForResource",
		"states:ListExecutions", "states:StopExecution"},
}

// exception names an action whose denial a command need not mention in one situation.
type exception struct{ action, situation, why string }

// silentDenials lists the actions whose denial a command need not mention, because the denial does
// not affect the result. An exception with an empty situation applies to every situation.
var silentDenials = []exception{
	{"sns:ListTagsForResource", "", "the tags only identify the owner of a topic"},
	{"iam:SimulatePrincipalPolicy", "", "the simulation only predicts the denial of a later call"},
	{"cloudformation:ListStacks", "nothing deployed", "DescribeStacks shows that the stack does not exist"},
	{"cloudformation:ListStacks", "custom bootstrap", "DescribeStacks shows that the stack does not exist"},
	{"cloudformation:ListStacks", "first deployment", "DescribeStacks shows that the stack does not exist"},
	{"cloudformation:GetTemplate", "leftovers of a deleted stack", "the template only shows which resources are retained"},
	{"cloudformation:GetTemplate", "missing state machine", "the template only selects the next step"},
	{"cloudformation:ListStackResources", "missing state machine", "the list only selects the next step"},
	{"cloudformation:GetTemplate", "stack in review", "the stack has no resources"},
}

// maxSituations is the maximum number of situations in which TestDenials denies the same action of
// a command.
const maxSituations = 2

// TestDenials denies each action of each command in turn.
func TestDenials(t *testing.T) {
	t.Parallel()
	for _, p := range commandPolicies {
		denied := map[string]int{}
		for _, s := range p.situations {
			var actions []string
			for _, action := range actionsOf(runCommand(t, s.prepare, s.args...).uses()) {
				if denied[action]++; denied[action] <= maxSituations {
					actions = append(actions, action)
				}
			}
			t.Run(p.name+"/"+s.name, func(t *testing.T) {
				t.Parallel()
				for _, action := range actions {
					result := runCommand(t, func(w *world) {
						s.prepare(w)
						w.denyAction(action)
					}, s.args...)
					for _, fault := range result.findFaults(s, action) {
						t.Errorf("with %s denied: %s\n%s", action, fault, result)
					}
				}
			})
		}
	}
}

// findFaults returns the faults in the result of a command that was denied an action.
func (result commandResult) findFaults(s situation, action string) (faults []string) {
	command := s.args[0]
	if slices.Contains([]string{"executions", "graph", "report"}, command) {
		command = "inspect"
	}
	isSilent := slices.ContainsFunc(silentDenials, func(e exception) bool {
		return e.action == action && (e.situation == "" || e.situation == s.name)
	})
	if !isSilent && !strings.Contains(result.stdout+result.stderr, action) {
		faults = append(faults, "the output does not name the action")
	}
	// Without a deployment, status only checks whether names are in use, so it can succeed.
	onlyChecksNames := slices.Contains([]string{"nothing deployed", "leftovers of a deleted stack",
		"custom bootstrap"}, s.name)
	if result.code == exitDone && !slices.Contains(optionalActions[command], action) &&
		!(command == "status" && onlyChecksNames) {
		faults = append(faults, "the command succeeds although a required action is denied")
	}
	if s.code != exitDone && result.code == exitDone {
		faults = append(faults, "the command fails if the action is allowed, but succeeds if it is denied")
	}
	if result.code != exitDone && strings.Contains(result.stderr, "✓ The stack") {
		faults = append(faults, "the command fails, but reports success")
	}
	for line := range strings.SplitSeq(result.stdout, "\n") {
		if strings.Contains(line, "✓ gone") && result.provesWithDenied(line, action) {
			faults = append(faults, "the proof relies on a denied call: "+line)
		}
	}
	if result.took > 10*time.Minute { // in fake time; commands wait at most five minutes
		faults = append(faults, "the command takes "+result.took.String())
	}
	return faults
}

// provesWithDenied reports whether a line of destroy's proof relies on an operation that needs the
// denied action.
func (result commandResult) provesWithDenied(line, action string) bool {
	return slices.ContainsFunc(result.world.Operations(), func(operation string) bool {
		service, name, _ := strings.Cut(operation, ".")
		return session.Action(service, name) == action && strings.Contains(line, ":"+name+":")
	})
}

func TestDenialFaults(t *testing.T) {
	t.Parallel()
	const action = "iam:GetRole"
	succeeds := situation{name: "a deployment", args: []string{"destroy"}}
	fails := succeeds
	fails.code = exitBad
	w := &world{Account: accountstub.New(t)}
	tests := []struct {
		name          string
		commandResult commandResult
		situation     situation
		want          []string
	}{
		{"failure that names the action", commandResult{code: 1, stderr: "cannot call " + action}, succeeds, nil},
		{"failure without a reason", commandResult{code: 1}, succeeds, []string{"the output does not name the action"}},
		{"success", commandResult{stderr: action}, succeeds,
			[]string{"the command succeeds although a required action is denied"}},
		{"success only if the action is denied", commandResult{stderr: action}, fails,
			[]string{"the command succeeds although a required action is denied",
				"the command fails if the action is allowed, but succeeds if it is denied"}},
		{"failure that reports success", commandResult{code: 1, stderr: action + "\n✓ The stack"}, succeeds,
			[]string{"the command fails, but reports success"}},
		{"proof with a denied call", commandResult{code: 1, stdout: "✓ gone iam:GetRole: NoSuchEntity"}, succeeds,
			[]string{"the proof relies on a denied call: ✓ gone iam:GetRole: NoSuchEntity"}},
		{"long wait", commandResult{code: 1, stderr: action, took: time.Hour}, succeeds,
			[]string{"the command takes 1h0m0s"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.commandResult.world = w
			if diff := cmp.Diff(test.want, test.commandResult.findFaults(test.situation, action)); diff != "" {
				t.Errorf("the faults differ (-want +got):\n%s", diff)
			}
		})
	}
}
