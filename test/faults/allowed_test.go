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

// onlyAssume allows only assuming the CDK's roles.
var onlyAssume = iampolicy.Policy{Statement: []iampolicy.Statement{{Sid: "Assume", Effect: "Allow",
	Action: []string{"sts:AssumeRole"}, Resource: []string{"arn:*:iam::*:role/cdk-*-role-*"}}}}

func TestOnlyBootstrapRoles(t *testing.T) {
	p := Start(t, cloud(t), Options{Manners: []Manner{OnlyBootstrapRoles(onlyAssume)}})
	own := config(p.URL)
	if _, err := sts.NewFromConfig(own).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err != nil {
		t.Error(err)
	}
	assume := func(role string) aws.Config {
		t.Helper()
		out, err := sts.NewFromConfig(own).AssumeRole(t.Context(), &sts.AssumeRoleInput{
			RoleSessionName: aws.String("me"), RoleArn: aws.String("arn:aws:iam::000000000000:role/" + role)})
		if err != nil {
			t.Fatal(err)
		}
		cfg := own.Copy()
		cfg.Credentials = credentials.NewStaticCredentialsProvider(*out.Credentials.AccessKeyId, "s", "t")
		return cfg
	}
	lookup, deploy := assume("cdk-hnb659fds-lookup-role-1-eu-west-1"), assume("cdk-hnb659fds-deploy-role-1-eu-west-1")
	roles := func(cfg aws.Config) error {
		_, err := iam.NewFromConfig(cfg).ListRoles(t.Context(), &iam.ListRolesInput{})
		return err
	}
	remove := func(cfg aws.Config) error {
		_, err := cloudformation.NewFromConfig(cfg).DeleteStack(t.Context(),
			&cloudformation.DeleteStackInput{StackName: aws.String("none")})
		return err
	}
	for name, test := range map[string]struct {
		err    error
		denied bool
	}{
		"own read":           {roles(own), true},
		"own deletion":       {remove(own), true},
		"read by lookup":     {roles(lookup), false},
		"read by deploy":     {roles(deploy), true},
		"deletion by lookup": {remove(lookup), true},
		"deletion by deploy": {remove(deploy), false},
	} {
		if denied := test.err != nil && strings.Contains(test.err.Error(), "AccessDenied"); denied != test.denied {
			t.Errorf("%s: got %v, want denied %t", name, test.err, test.denied)
		}
	}
	if _, err := sts.NewFromConfig(own).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleSessionName: aws.String("me"),
		RoleArn: aws.String("arn:aws:iam::000000000000:role/admin")}); err == nil {
		t.Error("assumed another role, want a denial")
	}
}

func TestOnly(t *testing.T) {
	policy := iampolicy.Policy{Statement: []iampolicy.Statement{
		{Sid: "It", Action: []string{"iam:ListRoles"}, Resource: []string{"*"}}}}
	p := Start(t, cloud(t), Options{Manners: []Manner{Only(policy)}})
	client := iam.NewFromConfig(config(p.URL))
	if _, err := client.ListRoles(t.Context(), &iam.ListRolesInput{}); err != nil {
		t.Error(err)
	}
	_, err := client.ListUsers(t.Context(), &iam.ListUsersInput{})
	if err == nil || !strings.Contains(err.Error(), "iam:ListUsers") {
		t.Errorf("got %v, want a denial of iam:ListUsers", err)
	}
}

// The actions of each role are a subset of the real role's.
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
		"deploy": append(allowedIn(template.Resources["DeploymentActionRole"]),
			managed["AWSCloudFormationReadOnlyAccess"]...),
		"file-publishing": allowedIn(template.Resources["FilePublishingRoleDefaultPolicy"]),
	} {
		if len(real) < 7 {
			t.Errorf("got %d actions of the real %s role, want at least 7", len(real), kind)
		}
		for _, action := range roleActions[kind] {
			if !slices.Contains(real, action) {
				t.Errorf("the real %s role does not allow %s", kind, action)
			}
		}
	}
}

// allowedIn collects the actions of all statements in a part of the template.
func allowedIn(value any) (actions []string) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			if key != "Action" || value["Effect"] != "Allow" {
				actions = append(actions, allowedIn(inner)...)
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
			actions = append(actions, allowedIn(inner)...)
		}
	}
	return actions
}

// managedPolicies reads AWS's managed policies, which moto contains.
func managedPolicies(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", ".venv", "lib", "python3*", "site-packages", "moto", "iam",
		"aws_managed_policies.py"))
	if err != nil || len(files) != 1 {
		t.Fatalf("moto is not installed (%q, %v): run \"make test\", which installs it", files, err)
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
		actions[name] = allowedIn(policy.Document)
	}
	return actions
}
