package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/iampolicy"
)

// maxPolicyCharacters is the maximum size of a managed policy, in characters without white space:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const maxPolicyCharacters = 6144

// readPolicy reads a policy in docs/policies.
func readPolicy(t *testing.T, name string) iampolicy.Policy {
	t.Helper()
	p, err := iampolicy.Read(filepath.Join(repository, "docs", "policies", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func policyNames(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(repository, "docs", "policies", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("got no policies in docs/policies: %v", err)
	}
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ".json"))
	}
	return names
}

func TestPolicyDocuments(t *testing.T) {
	authorization := readAuthorization(t)
	page, err := os.ReadFile(filepath.Join(repository, "docs", "permissions.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range policyNames(t) {
		t.Run(name, func(t *testing.T) {
			content, err := os.ReadFile(filepath.Join(repository, "docs", "policies", name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var compact bytes.Buffer
			if err := json.Compact(&compact, content); err != nil {
				t.Fatal(err)
			}
			if compact.Len() > maxPolicyCharacters {
				t.Errorf("the policy has %d characters, want at most %d", compact.Len(), maxPolicyCharacters)
			}
			if !bytes.Contains(page, []byte("policies/"+name+".json")) {
				t.Error("docs/permissions.md does not link to the policy")
			}
			for _, fault := range authorization.review(readPolicy(t, name)) {
				t.Error(fault)
			}
		})
	}
}

func TestPolicyReview(t *testing.T) {
	t.Parallel()
	authorization := readAuthorization(t)
	statement := func(action, resource string) iampolicy.Policy {
		return iampolicy.Policy{Version: "2012-10-17", Statement: []iampolicy.Statement{
			{Sid: "S", Effect: "Allow", Action: []string{action}, Resource: []string{resource}}}}
	}
	const machine = "arn:*:states:*:*:stateMachine:MyAPIStateMachine*"
	tests := []struct {
		name   string
		policy iampolicy.Policy
		want   []string
	}{
		{"named resource", statement("states:StartExecution", machine), nil},
		{"action without resource types", statement("events:ListRuleNamesByTarget", "*"), nil},
		{"unknown action", statement("states:StartExecutions", machine),
			[]string{"S: unknown action states:StartExecutions"}},
		{"wildcard in an action", statement("states:*", machine), []string{"S: unknown action states:*"}},
		{"all resources", statement("states:StartExecution", "*"),
			[]string{"S: states:StartExecution is allowed on *, want specific resources"}},
		{"resource for an unscoped action",
			statement("events:ListRuleNamesByTarget", "arn:*:events:*:*:rule/a"),
			[]string{"S: events:ListRuleNamesByTarget has no resource types, so it needs *",
				"S: no action applies to arn:*:events:*:*:rule/a"}},
		{"resource of another service", statement("states:StartExecution", "arn:*:lambda:*:*:function:a"),
			[]string{"S: states:StartExecution is not allowed on any resource of its service",
				"S: no action applies to arn:*:lambda:*:*:function:a"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, authorization.review(test.policy)); diff != "" {
				t.Errorf("the faults differ (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPolicyLint checks the policies with cfn-lint, which also knows the actions and resources of
// IAM policies.
func TestPolicyLint(t *testing.T) {
	t.Parallel()
	wrap := func(name, text string) string {
		template := fmt.Sprintf(`{"Resources": {"P": {"Type": "AWS::IAM::ManagedPolicy", `+
			`"Properties": {"PolicyDocument": %s}}}}`, text)
		file := filepath.Join(t.TempDir(), name+".template.json")
		if err := os.WriteFile(file, []byte(template), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	var files []string
	for _, name := range policyNames(t) {
		content, err := os.ReadFile(filepath.Join(repository, "docs", "policies", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, wrap(name, string(content)))
	}
	broken := wrap("broken", `{"Version": "2012-10-17", "Statement": [`+
		`{"Effect": "Allow", "Action": ["states:Begin"], "Resource": ["*"]}]}`)
	findings := lint(t, append(files, broken)...)
	for _, file := range files {
		if findings[file] != "" {
			t.Errorf("got findings in %s:\n%s", filepath.Base(file), findings[file])
		}
	}
	if got := findings[broken]; !strings.Contains(got, "W3037") {
		t.Errorf("got findings\n%s\nwant W3037 for a policy with an unknown action", got)
	}
}

// authorization holds the resource types of each action, by service and by action name in lower
// case. cfn-lint includes this data, and copies it from
// https://docs.aws.amazon.com/service-authorization/latest/reference/.
type authorization map[string]struct {
	Actions map[string]struct{ Resources []string }
}

func readAuthorization(t *testing.T) authorization {
	t.Helper()
	var a authorization
	readInto(t, linterData(t, "AdditionalSpecs", "Policies.json"), &a)
	return a
}

// linterData returns the path of a file or a folder in the data of cfn-lint.
func linterData(t *testing.T, parts ...string) string {
	t.Helper()
	folder := []string{repository, "test", ".venv", "lib", "python3*", "site-packages", "cfnlint", "data"}
	pattern := filepath.Join(append(folder, parts...)...)
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("the linter is not installed (found %q, %v): run \"make test-setup\"", found, err)
	}
	return found[0]
}

func readInto(t *testing.T, file string, value any) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(content, value)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// find reports whether an action exists, and whether it is scoped, that is, whether a policy can
// limit it to resources.
func (a authorization) find(action string) (exists, scoped bool) {
	service, name, _ := strings.Cut(action, ":")
	found, exists := a[service].Actions[strings.ToLower(name)]
	return exists, len(found.Resources) > 0
}

// review reports unknown actions, actions that are allowed on the wrong resources, and resources
// that no action of the statement uses.
func (a authorization) review(p iampolicy.Policy) (faults []string) {
	for _, s := range p.Statement {
		services := map[string]bool{}
		for _, action := range s.Action {
			service, _, _ := strings.Cut(action, ":")
			exists, scoped := a.find(action)
			all := slices.Contains(s.Resource, "*")
			service = resourceService(action, service)
			services[service] = services[service] || scoped
			named := slices.ContainsFunc(s.Resource, func(arn string) bool { return serviceOf(arn) == service })
			switch {
			case !exists:
				faults = append(faults, s.Sid+": unknown action "+action)
			case scoped && all:
				faults = append(faults, s.Sid+": "+action+" is allowed on *, want specific resources")
			case scoped && !named:
				faults = append(faults, s.Sid+": "+action+" is not allowed on any resource of its service")
			case !scoped && !all:
				faults = append(faults, s.Sid+": "+action+" has no resource types, so it needs *")
			}
		}
		for _, arn := range s.Resource {
			if arn != "*" && !services[serviceOf(arn)] && len(services) > 0 && a.allExist(s.Action) {
				faults = append(faults, s.Sid+": no action applies to "+arn)
			}
		}
	}
	return faults
}

// allExist reports whether all of the actions exist.
func (a authorization) allExist(actions []string) bool {
	return !slices.ContainsFunc(actions, func(action string) bool { exists, _ := a.find(action); return !exists })
}

// resourceService returns the service that owns the resources of an action. For example,
// sts:AssumeRole acts on roles, which belong to IAM.
func resourceService(action, service string) string {
	if action == "sts:AssumeRole" {
		return "iam"
	}
	return service
}

func serviceOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 4); len(parts) == 4 {
		return parts[2]
	}
	return ""
}

// handlers holds the actions that CloudFormation's handlers of a resource type need. The keys are
// create, read, update, delete and list.
type handlers map[string]struct{ Permissions []string }

// readHandlers reads the handlers of resource types from the schemas that cfn-lint includes:
// https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
func readHandlers(t *testing.T, kinds ...string) map[string]handlers {
	t.Helper()
	folder := linterData(t, "schemas", "resources")
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]handlers{}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range kinds {
			if !bytes.Contains(content, []byte(`"`+kind+`"`)) { // faster than parsing every schema
				continue
			}
			var schema struct {
				TypeName string
				Handlers handlers
			}
			if json.Unmarshal(content, &schema) == nil && schema.TypeName == kind && len(schema.Handlers) > 0 {
				found[kind] = schema.Handlers
			}
		}
	}
	if len(found) < len(kinds) {
		t.Fatalf("got handlers of %q, want %q", slices.Sorted(maps.Keys(found)), kinds)
	}
	return found
}
