package cdk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadSettings checks the order of precedence of each setting.
func TestReadSettings(t *testing.T) {
	const project, user = `{"profile": "p", "toolkitStackName": "TK", "tags": [{"Key": "a", "Value": "b"}]}`,
		`{"profile": "u", "region": "us-east-1", "toolkitStackName": "other", "tags": [{"Key": "c", "Value": "d"}]}`
	tests := []struct {
		name, project, user string
		environ             map[string]string
		want                Settings
	}{
		{"empty", "{}", "{}", nil, Settings{Context: map[string]any{}}},
		{"only HOME/.cdk.json", "{}", user, nil, Settings{Profile: Setting{"u", "profile in HOME/.cdk.json"},
			Region: Setting{"us-east-1", "region in HOME/.cdk.json"}, ToolkitStackName: "other",
			Tags: []Tag{{"c", "d"}}, Context: map[string]any{}}},
		{"cdk.json over HOME/.cdk.json", project, user, nil, Settings{Profile: Setting{"p", "profile in cdk.json"},
			Region: Setting{"us-east-1", "region in HOME/.cdk.json"}, ToolkitStackName: "TK",
			Tags: []Tag{{"a", "b"}}, Context: map[string]any{}}},
		{"environment over both files", project, user, map[string]string{"CDK_PROFILE": "e", "CDK_REGION": "eu-west-3",
			"CDK_ROLE_ARN": "arn", "CDK_TOOLKIT_STACK_NAME": "ETK"},
			Settings{Profile: Setting{"e", "CDK_PROFILE"}, Region: Setting{"eu-west-3", "CDK_REGION"},
				RoleARN: Setting{"arn", "CDK_ROLE_ARN"}, ToolkitStackName: "ETK", Tags: []Tag{{"a", "b"}},
				Context: map[string]any{}}},
		{"bucket in cdk.json, tag in the environment", `{"toolkitBucket": {"bucketName": "b", "kmsKeyId": "k"}}`, "{}",
			map[string]string{"CDK_TAGS": "team=a=b"}, Settings{ToolkitBucket: Bucket{"b", "k"},
				Tags: []Tag{{"team", "a=b"}}, Context: map[string]any{}}},
		{"empty profile in the environment", project, user, map[string]string{"CDK_PROFILE": ""}, Settings{
			Region: Setting{"us-east-1", "region in HOME/.cdk.json"}, ToolkitStackName: "TK",
			Tags: []Tag{{"a", "b"}}, Context: map[string]any{}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			home := t.TempDir()
			t.Setenv("HOME", home)
			names := []string{"CDK_PROFILE", "CDK_REGION", "CDK_ROLE_ARN", "CDK_TOOLKIT_STACK_NAME", "CDK_TAGS"}
			for _, name := range names {
				t.Setenv(name, test.environ[name])
				if _, set := test.environ[name]; !set {
					_ = os.Unsetenv(name) // t.Setenv restores the variable after the test
				}
			}
			if err := os.WriteFile(filepath.Join(home, ".cdk.json"), []byte(test.user), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := ReadSettings(projectWithSettings(t, test.project))
			if err != nil {
				t.Fatal(err)
			}
			got.Profile.Source = strings.Replace(got.Profile.Source, home, "HOME", 1)
			got.Region.Source = strings.Replace(got.Region.Source, home, "HOME", 1)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the settings differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadSettingsTypes(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		`{"profile": 5}`:                       "profile cannot be a JSON number",
		`{"tags": [{"Key": "a", "Value": 1}]}`: "tags.value cannot be a JSON number",
		`[]`:                                   "the whole file cannot be a JSON array",
	} {
		if _, err := ReadSettings(projectWithSettings(t, content)); err == nil || !strings.HasSuffix(err.Error(), ": "+want) {
			t.Errorf("settings %s: got error %v, want suffix %q", content, err, want)
		}
	}
}

func TestBootstrapArguments(t *testing.T) {
	t.Parallel()
	const environment = "aws://111122223333/eu-west-1"
	custom := map[string]any{ContextQualifier: "org"}
	tests := []struct {
		name     string
		settings Settings
		pairs    []string
		want     []string
	}{
		{"default", Settings{}, nil, []string{"bootstrap", environment}},
		{"qualifier in cdk.json", Settings{Context: custom}, nil,
			[]string{"bootstrap", environment, "--qualifier", "org", "--toolkit-stack-name", "CDKToolkit-org"}},
		{
			"qualifier on the command line",
			Settings{Context: custom},
			[]string{"stage=dev", ContextQualifier + "=mine"},
			[]string{"bootstrap", environment, "--qualifier", "mine", "--toolkit-stack-name", "CDKToolkit-mine"},
		},
		{
			"default qualifier on the command line",
			Settings{Context: custom},
			[]string{ContextQualifier + "=" + DefaultQualifier},
			[]string{"bootstrap", environment},
		},
		{"stack name and qualifier", Settings{ToolkitStackName: "TK", Context: custom}, nil,
			[]string{"bootstrap", environment, "--qualifier", "org", "--toolkit-stack-name", "TK"}},
		{"stack name, default qualifier", Settings{ToolkitStackName: "TK"}, nil,
			[]string{"bootstrap", environment, "--qualifier", "hnb659fds", "--toolkit-stack-name", "TK"}},
		{"bucket", Settings{ToolkitBucket: Bucket{"b", "k"}}, nil,
			[]string{"bootstrap", environment, "--qualifier", "hnb659fds", "--toolkit-stack-name", "CDKToolkit",
				"--bootstrap-bucket-name", "b", "--bootstrap-kms-key-id", "k"}},
		{"tags", Settings{Tags: []Tag{{"team", "a b"}}}, nil, []string{"bootstrap", environment, "--tags", "team=a b"}},
		{"boundary's name", Settings{Context: map[string]any{contextBoundary: map[string]any{
			"name": "cdk-${Qualifier}-${AWS::AccountId}-${AWS::Region}-${AWS::Partition}"}}}, nil,
			[]string{"bootstrap", environment, "--custom-permissions-boundary",
				"cdk-hnb659fds-111122223333-eu-west-1-aws"}},
		{"boundary's ARN", Settings{Context: map[string]any{contextBoundary: map[string]any{
			"arn": "arn:aws:iam::111122223333:policy/path/limit"}}}, nil,
			[]string{"bootstrap", environment, "--custom-permissions-boundary", "path/limit"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := test.settings.Bootstrap(test.pairs).Arguments("aws", "111122223333", "eu-west-1")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the arguments differ (-want +got):\n%s", diff)
			}
		})
	}
}
