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

// mostCharacters limits the length of a managed policy, without white space:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const mostCharacters = 6144

// readPolicy reads a file of docs/policies.
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
		t.Fatalf("no policies in docs/policies: %v", err)
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
			if compact.Len() > mostCharacters {
				t.Errorf("the policy has %d characters, more than %d", compact.Len(), mostCharacters)
			}
			if !bytes.Contains(page, []byte("policies/"+name+".json")) {
				t.Error("docs/permissions.md does not mention the policy")
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
			{Sid: "It", Effect: "Allow", Action: []string{action}, Resource: []string{resource}}}}
	}
	const machine = "arn:*:states:*:*:stateMachine:MyAPIStateMachine*"
	tests := []struct {
		name   string
		policy iampolicy.Policy
		want   []string
	}{
		{"scoped", statement("states:StartExecution", machine), nil},
		{"no resource types", statement("events:ListRuleNamesByTarget", "*"), nil},
		{"unknown action", statement("states:StartExecutions", machine),
			[]string{"It: unknown action states:StartExecutions"}},
		{"pattern of actions", statement("states:*", machine), []string{"It: unknown action states:*"}},
		{"all resources", statement("states:StartExecution", "*"),
			[]string{"It: states:StartExecution is allowed on *: name its resources"}},
		{"needless resource", statement("events:ListRuleNamesByTarget", "arn:*:events:*:*:rule/a"),
			[]string{"It: events:ListRuleNamesByTarget has no resource types and needs *",
				"It: no action applies to arn:*:events:*:*:rule/a"}},
		{"another service", statement("states:StartExecution", "arn:*:lambda:*:*:function:a"),
			[]string{"It: states:StartExecution has no resource of its service",
				"It: no action applies to arn:*:lambda:*:*:function:a"}},
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

// CloudFormation's linter knows the actions and resources of policies too.
func TestPolicyLint(t *testing.T) {
	t.Parallel()
	wrap := func(name, text string) string {
		template := fmt.Sprintf(`{"Resources": {"It": {"Type": "AWS::IAM::ManagedPolicy", `+
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
			t.Errorf("the linter finds in %s:\n%s", filepath.Base(file), findings[file])
		}
	}
	if got := findings[broken]; !strings.Contains(got, "W3037") {
		t.Errorf("got the findings\n%s\nin a policy with an unknown action, want W3037", got)
	}
}

// authorization holds the resource types of each action, by service and by the action in lower
// case. cfn-lint includes it, from
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

// linterData returns the path of a file or folder in cfn-lint's data.
func linterData(t *testing.T, parts ...string) string {
	t.Helper()
	folder := []string{repository, "test", ".venv", "lib", "python3*", "site-packages", "cfnlint", "data"}
	pattern := filepath.Join(append(folder, parts...)...)
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("the linter is not installed: run the tests with \"make test\", which installs it: %q, %v", found, err)
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

// resources reports whether an action exists, and whether it has resource types.
func (a authorization) resources(action string) (exists, has bool) {
	service, name, _ := strings.Cut(action, ":")
	found, exists := a[service].Actions[strings.ToLower(name)]
	return exists, len(found.Resources) > 0
}

// review reports unknown actions, the resource * for an action with resource types, and resources
// that no action of the statement applies to.
func (a authorization) review(p iampolicy.Policy) (faults []string) {
	for _, s := range p.Statement {
		ofService := map[string]bool{}
		for _, action := range s.Action {
			service, _, _ := strings.Cut(action, ":")
			exists, has := a.resources(action)
			all := slices.Contains(s.Resource, "*")
			service = resourceService(action, service)
			ofService[service] = ofService[service] || has
			named := slices.ContainsFunc(s.Resource, func(arn string) bool { return serviceOf(arn) == service })
			switch {
			case !exists:
				faults = append(faults, s.Sid+": unknown action "+action)
			case has && all:
				faults = append(faults, s.Sid+": "+action+" is allowed on *: name its resources")
			case has && !named:
				faults = append(faults, s.Sid+": "+action+" has no resource of its service")
			case !has && !all:
				faults = append(faults, s.Sid+": "+action+" has no resource types and needs *")
			}
		}
		for _, arn := range s.Resource {
			if arn != "*" && !ofService[serviceOf(arn)] && len(ofService) > 0 && knows(a, s.Action) {
				faults = append(faults, s.Sid+": no action applies to "+arn)
			}
		}
	}
	return faults
}

func knows(a authorization, actions []string) bool {
	return !slices.ContainsFunc(actions, func(action string) bool { exists, _ := a.resources(action); return !exists })
}

// resourceService returns the service whose resources an action applies to. sts:AssumeRole applies
// to roles.
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

// handlers holds the permissions of a resource type's handlers: create, read, update, delete, list.
type handlers map[string]struct{ Permissions []string }

// readHandlers reads the handlers of CloudFormation's resource types from cfn-lint's schemas:
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
		t.Fatalf("got the handlers of %q, want those of %q", slices.Sorted(maps.Keys(found)), kinds)
	}
	return found
}
