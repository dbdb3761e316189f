package faults

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"go.yaml.in/yaml/v3"

	"retrycatch/internal/iampolicy"
)

// assumeOnlyPolicy allows only sts:AssumeRole of the CDK bootstrap roles.
var assumeOnlyPolicy = iampolicy.Policy{Statement: []iampolicy.Statement{{Sid: "Assume", Effect: "Allow",
	Action: []string{"sts:AssumeRole"}, Resource: []string{"arn:*:iam::*:role/cdk-*-role-*"}}}}

func TestOnlyBootstrapRoles(t *testing.T) {
	p := Start(t, startCloud(t), Options{Behaviors: []Behavior{OnlyBootstrapRoles(assumeOnlyPolicy)}})
	caller := sdkConfig(p.URL)
	if _, err := sts.NewFromConfig(caller).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err != nil {
		t.Error(err)
	}
	assume := func(role string) aws.Config {
		t.Helper()
		out, err := sts.NewFromConfig(caller).AssumeRole(t.Context(), &sts.AssumeRoleInput{
			RoleSessionName: aws.String("me"), RoleArn: aws.String("arn:aws:iam::000000000000:role/" + role)})
		if err != nil {
			t.Fatal(err)
		}
		cfg := caller.Copy()
		cfg.Credentials = credentials.NewStaticCredentialsProvider(*out.Credentials.AccessKeyId, "s", "t")
		return cfg
	}
	lookup, deploy := assume("cdk-hnb659fds-lookup-role-1-eu-west-1"), assume("cdk-hnb659fds-deploy-role-1-eu-west-1")
	listRoles := func(cfg aws.Config) error {
		_, err := iam.NewFromConfig(cfg).ListRoles(t.Context(), &iam.ListRolesInput{})
		return err
	}
	deleteStack := func(cfg aws.Config) error {
		_, err := cloudformation.NewFromConfig(cfg).DeleteStack(t.Context(),
			&cloudformation.DeleteStackInput{StackName: aws.String("none")})
		return err
	}
	for name, test := range map[string]struct {
		err    error
		denied bool
	}{
		"caller reads":        {listRoles(caller), true},
		"caller deletes":      {deleteStack(caller), true},
		"lookup role reads":   {listRoles(lookup), false},
		"deploy role reads":   {listRoles(deploy), true},
		"lookup role deletes": {deleteStack(lookup), true},
		"deploy role deletes": {deleteStack(deploy), false},
	} {
		if denied := test.err != nil && strings.Contains(test.err.Error(), "AccessDenied"); denied != test.denied {
			t.Errorf("%s: got the error %v, want a denial: %t", name, test.err, test.denied)
		}
	}
	if _, err := sts.NewFromConfig(caller).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleSessionName: aws.String("me"),
		RoleArn: aws.String("arn:aws:iam::000000000000:role/admin")}); err == nil {
		t.Error("sts:AssumeRole of the role admin: got no error, want a denial")
	}
}

func TestOnlyPolicies(t *testing.T) {
	policy := iampolicy.Policy{Statement: []iampolicy.Statement{
		{Sid: "List", Action: []string{"iam:ListRoles"}, Resource: []string{"*"}}}}
	p := Start(t, startCloud(t), Options{Behaviors: []Behavior{OnlyPolicies(policy)}})
	client := iam.NewFromConfig(sdkConfig(p.URL))
	if _, err := client.ListRoles(t.Context(), &iam.ListRolesInput{}); err != nil {
		t.Error(err)
	}
	_, err := client.ListUsers(t.Context(), &iam.ListUsersInput{})
	if err == nil || !strings.Contains(err.Error(), "iam:ListUsers") {
		t.Errorf("got %v, want a denial of iam:ListUsers", err)
	}
}

func TestRoleActions(t *testing.T) {
	t.Parallel()
	var template struct {
		Resources map[string]any `yaml:"Resources"`
	}
	content, err := os.ReadFile(filepath.Join("..", "..", "node_modules", "aws-cdk", "lib", "api", "bootstrap",
		"bootstrap-template.yaml"))
	if err == nil {
		err = yaml.Unmarshal(content, &template)
	}
	if err != nil {
		t.Fatal(err)
	}
	managed := managedPolicies(t)
	for kind, real := range map[string][]string{
		"lookup": managed["ReadOnlyAccess"],
		"deploy": append(allowedActions(template.Resources["DeploymentActionRole"]),
			managed["AWSCloudFormationReadOnlyAccess"]...),
		"file-publishing": allowedActions(template.Resources["FilePublishingRoleDefaultPolicy"]),
	} {
		if len(real) < 7 {
			t.Errorf("read %d actions of the real %s role, want at least 7", len(real), kind)
		}
		for _, action := range roleActions[kind] {
			if !slices.Contains(real, action) {
				t.Errorf("roleActions: the real %s role does not allow %s", kind, action)
			}
		}
	}
}

// allowedActions collects the actions of all Allow statements in a template value.
func allowedActions(value any) (actions []string) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			if key != "Action" || value["Effect"] != "Allow" {
				actions = append(actions, allowedActions(inner)...)
				continue
			}
			if one, single := inner.(string); single {
				actions = append(actions, one)
				continue
			}
			for _, action := range inner.([]any) {
				actions = append(actions, action.(string))
			}
		}
	case []any:
		for _, inner := range value {
			actions = append(actions, allowedActions(inner)...)
		}
	}
	return actions
}

// managedPolicies reads the actions of AWS managed policies from the Python package moto.
func managedPolicies(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", ".venv", "lib", "python3*", "site-packages", "moto", "iam",
		"aws_managed_policies.py"))
	if err != nil || len(files) != 1 {
		t.Fatalf("moto is not installed (found %q, %v): run \"make test-setup\"", files, err)
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(content), `"""`)
	text, _, _ = strings.Cut(text, `"""`)
	var policies map[string]struct{ Document any }
	if err := json.Unmarshal([]byte(text), &policies); err != nil {
		t.Fatal(err)
	}
	actions := map[string][]string{}
	for name, policy := range policies {
		actions[name] = allowedActions(policy.Document)
	}
	return actions
}
