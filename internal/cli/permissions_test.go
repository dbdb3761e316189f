package cli

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"retrycatch/internal/iampolicy"
)

// situation is a command line in an account that prepare sets up.
type situation struct {
	name    string
	args    []string
	prepare func(*world)
	code    int // exit code
}

// policyGroup holds commands that need the same policies. The last policy belongs to this group
// alone: the group's situations must use every action in it.
type policyGroup struct {
	name       string
	policies   []string
	situations []situation
}

// driftSids lists the statements for drift detection. CloudFormation uses their actions with the
// permissions of the caller, but no command calls these actions itself.
var driftSids = []string{"DriftDetection", "DriftDetectionLists"}

var commandPolicies = []policyGroup{
	{"deploy", []string{"cdk-deploy", "deploy"}, deploySituations},
	{"run", []string{"run"}, runSituations},
	{"inspect, executions, graph, report", []string{"inspect"}, inspectSituations},
	{"status", []string{"status"}, statusSituations},
	{"destroy", []string{"destroy"}, destroySituations},
	{"destroy --force", []string{"destroy", "destroy-force"}, forceSituations},
	{"destroy --assets", []string{"destroy", "destroy-assets"}, assetsSituations},
}

func TestPolicies(t *testing.T) {
	all := map[actionUse]bool{}
	for _, p := range commandPolicies {
		t.Run(p.name, func(t *testing.T) {
			used := map[actionUse]bool{}
			for _, s := range p.situations {
				t.Run(s.name, func(t *testing.T) {
					result := runCommand(t, s.prepare, s.args...)
					if result.code != s.code {
						t.Errorf("got %s, want exit code %d", result, s.code)
					}
					maps.Copy(used, result.uses())
				})
			}
			maps.Copy(all, used)
			t.Logf("%s calls %s", p.name, strings.Join(actionsOf(used), " "))
			for _, edit := range comparePolicies(used, p.policies[len(p.policies)-1], readPolicies(t, p.policies...)...) {
				t.Error(edit)
			}
		})
	}
	t.Run("every call in the code", func(t *testing.T) {
		for action, file := range callsInCode(t, "..") {
			if !slices.Contains(actionsOf(all), action) && !slices.Contains(inNoPolicy, action) {
				t.Errorf("add a situation in which a command calls %s, as %s does", action, file)
			}
		}
	})
}

// TestPoliciesInReference compares commandPolicies with the reference page.
func TestPoliciesInReference(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "generate", "permissions.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var page struct {
		Commands []struct {
			Name     string
			Policies []string
		}
	}
	if err := yaml.Unmarshal(text, &page); err != nil {
		t.Fatal(err)
	}
	want, got := map[string][]string{}, map[string][]string{}
	for _, p := range commandPolicies {
		want[p.name] = p.policies
	}
	for _, c := range page.Commands {
		if name := strings.ReplaceAll(c.Name, "`", ""); strings.HasPrefix(name, "retrycatch ") {
			got[strings.TrimPrefix(name, "retrycatch ")] = c.Policies
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the commands' policies differ (-commandPolicies +docs/generate/permissions.yaml):\n%s", diff)
	}
}

func TestComparePolicies(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:states:eu-west-1:111122223333:stateMachine:MyAPIStateMachine"
	policy := func(resource string, actions ...string) iampolicy.Policy {
		return iampolicy.Policy{Statement: []iampolicy.Statement{
			{Sid: "One", Action: actions, Resource: []string{resource}}}}
	}
	used := map[actionUse]bool{{"states:StartExecution", arn}: true}
	tests := []struct {
		name   string
		policy iampolicy.Policy
		want   []string
	}{
		{"same actions", policy("arn:*:states:*:*:stateMachine:MyAPI*", "states:StartExecution"), nil},
		{"missing action", policy("*", "states:ListExecutions"),
			[]string{"add to docs/policies/it.json: states:StartExecution, for example on " + arn,
				"remove from docs/policies/it.json: states:ListExecutions, which no situation uses"}},
		{"missing resource", policy("arn:*:states:*:*:stateMachine:Your*", "states:StartExecution"),
			[]string{"add to docs/policies/it.json: states:StartExecution, for example on " + arn}},
		{"extra action", policy("*", "states:StartExecution", "states:StopExecution"),
			[]string{"remove from docs/policies/it.json: states:StopExecution, which no situation uses"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, comparePolicies(used, "it", test.policy)); diff != "" {
				t.Errorf("the edits differ (-want +got):\n%s", diff)
			}
		})
	}
}

func readPolicies(t *testing.T, names ...string) (policies []iampolicy.Policy) {
	t.Helper()
	for _, name := range names {
		p, err := iampolicy.Read(policyFile(name))
		if err != nil {
			t.Fatal(err)
		}
		policies = append(policies, p)
	}
	return policies
}

// comparePolicies returns the edits that the last policy needs. After these edits, the policies
// together allow every use, and the last policy has no unused action.
func comparePolicies(used map[actionUse]bool, last string, policies ...iampolicy.Policy) (edits []string) {
	missing := map[string]string{}
	for u := range used {
		if !slices.ContainsFunc(policies, func(p iampolicy.Policy) bool { return p.Allows(u.action, u.resource) }) {
			missing[u.action] = u.resource
		}
	}
	for action, resource := range missing {
		edits = append(edits, fmt.Sprintf("add to docs/policies/%s.json: %s, for example on %s", last, action,
			resource))
	}
	actions := actionsOf(used)
	for _, action := range policies[len(policies)-1].Actions(driftSids...) {
		if !slices.Contains(actions, action) {
			edits = append(edits, fmt.Sprintf("remove from docs/policies/%s.json: %s, which no situation uses", last,
				action))
		}
	}
	slices.Sort(edits)
	return edits
}
