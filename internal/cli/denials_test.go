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

// optionalActions lists, by command, the optional actions. Without them, the command can still succeed,
// and it says what it did not see.
var optionalActions = map[string][]string{
	"deploy": {"cloudformation:DetectStackResourceDrift", "cloudformation:GetResource", "cloudformation:GetTemplate",
		"cloudformation:ListStacks", "sns:ListTagsForResource", "ssm:GetParameter"},
	"run": {"cloudformation:GetTemplate", "cloudformation:ListStackResources",
		"states:DescribeStateMachineForExecution", "states:ListExecutions", "states:StopExecution"},
	"inspect": {"logs:FilterLogEvents", // without the log
		"states:DescribeExecution", "states:DescribeStateMachineForExecution"}, // of a report, without trace IDs or graphs
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

type exception struct{ action, situation, why string }

// silentDenials lists the actions whose denial changes nothing in the output. Commands do not mention it.
// An empty situation stands for every situation.
var silentDenials = []exception{
	{"sns:ListTagsForResource", "", "the tags only say whose a topic is"},
	{"iam:SimulatePrincipalPolicy", "", "it only predicts the denial of a later call"},
	{"cloudformation:ListStacks", "nothing deployed", "DescribeStacks has said that the stack does not exist"},
	{"cloudformation:ListStacks", "another bootstrap", "DescribeStacks has said that the stack does not exist"},
	{"cloudformation:ListStacks", "a first deployment", "DescribeStacks has said that the stack does not exist"},
	{"cloudformation:GetTemplate", "names of an earlier deployment", "it only says which names were to be kept"},
	{"cloudformation:GetTemplate", "a state machine that is missing", "it only selects the next step"},
	{"cloudformation:ListStackResources", "a state machine that is missing", "it only selects the next step"},
	{"cloudformation:GetTemplate", "a stack in review", "the stack has no resources"},
}

// maxSituations limits the situations in which a command's action is denied.
const maxSituations = 2

// TestDenials denies each action of each command in turn.
func TestDenials(t *testing.T) {
	t.Parallel()
	for _, p := range commandPolicies {
		denied := map[string]int{}
		for _, s := range p.situations {
			var actions []string
			for _, action := range actionsOf(play(t, s.prepare, s.args...).uses()) {
				if denied[action]++; denied[action] <= maxSituations {
					actions = append(actions, action)
				}
			}
			t.Run(p.name+"/"+s.name, func(t *testing.T) {
				t.Parallel()
				for _, action := range actions {
					o := play(t, func(w *world) {
						s.prepare(w)
						w.denyAction(action)
					}, s.args...)
					for _, fault := range o.findFaults(s, action) {
						t.Errorf("without %s: %s\n%s", action, fault, o)
					}
				}
			})
		}
	}
}

// findFaults returns the faults in the outcome of a command that lacks an action.
func (o played) findFaults(s situation, action string) (faults []string) {
	command := s.args[0]
	if slices.Contains([]string{"executions", "graph", "report"}, command) {
		command = "inspect"
	}
	maySkip := slices.ContainsFunc(silentDenials, func(u exception) bool {
		return u.action == action && (u.situation == "" || u.situation == s.name)
	})
	if !maySkip && !strings.Contains(o.stdout+o.stderr, action) {
		faults = append(faults, "it does not name the action")
	}
	// Nothing is deployed, and status only checks names.
	readsNames := slices.Contains([]string{"nothing deployed", "names of an earlier deployment", "another bootstrap"}, s.name)
	if o.code == exitDone && !slices.Contains(optionalActions[command], action) &&
		!(command == "status" && readsNames) {
		faults = append(faults, "it ends as if nothing had been denied")
	}
	if s.code != exitDone && o.code == exitDone {
		faults = append(faults, "it succeeds only without the action")
	}
	if o.code != exitDone && strings.Contains(o.stderr, "✓ The stack") {
		faults = append(faults, "it reports success, and fails")
	}
	for line := range strings.SplitSeq(o.stdout, "\n") {
		if strings.Contains(line, "✓ gone") && o.provesWithDenied(line, action) {
			faults = append(faults, "it proves with a denied call: "+line)
		}
	}
	if o.took > 10*time.Minute { // of fake time: the longest wait is five minutes
		faults = append(faults, "it takes "+o.took.String())
	}
	return faults
}

// provesWithDenied reports whether a line of a proof names an operation that needs the action.
func (o played) provesWithDenied(line, action string) bool {
	return slices.ContainsFunc(o.world.Operations(), func(operation string) bool {
		service, name, _ := strings.Cut(operation, ".")
		return session.Action(service, name) == action && strings.Contains(line, ":"+name+":")
	})
}

func TestDenialsJudged(t *testing.T) {
	t.Parallel()
	const action = "iam:GetRole"
	succeeds := situation{name: "a deployment", args: []string{"destroy"}}
	fails := succeeds
	fails.code = exitBad
	w := &world{Account: accountstub.New(t)}
	tests := []struct {
		name   string
		played played
		of     situation
		want   []string
	}{
		{"it fails and names the action", played{code: 1, stderr: "may not call " + action}, succeeds, nil},
		{"it is silent", played{code: 1}, succeeds, []string{"it does not name the action"}},
		{"it succeeds", played{stderr: action}, succeeds, []string{"it ends as if nothing had been denied"}},
		{"it succeeds only then", played{stderr: action}, fails,
			[]string{"it ends as if nothing had been denied", "it succeeds only without the action"}},
		{"it reports success", played{code: 1, stderr: action + "\n✓ The stack"}, succeeds,
			[]string{"it reports success, and fails"}},
		{"it proves with a denial", played{code: 1, stdout: "✓ gone iam:GetRole: NoSuchEntity"}, succeeds,
			[]string{"it proves with a denied call: ✓ gone iam:GetRole: NoSuchEntity"}},
		{"it waits", played{code: 1, stderr: action, took: time.Hour}, succeeds, []string{"it takes 1h0m0s"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.played.world = w
			if diff := cmp.Diff(test.want, test.played.findFaults(test.of, action)); diff != "" {
				t.Errorf("the faults differ (-want +got):\n%s", diff)
			}
		})
	}
}
