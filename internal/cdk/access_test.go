package cdk

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
)

func TestAccessEnviron(t *testing.T) {
	t.Parallel()
	keys := aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret"}
	temporary := keys
	temporary.SessionToken = "token"
	others := []string{"AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x",
		"AWS_SESSION_TOKEN=x", "AWS_ROLE_ARN=x", "AWS_WEB_IDENTITY_TOKEN_FILE=x", "AWS_REGION=x",
		"AWS_DEFAULT_REGION=x",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI=x", "AMAZON_ACCESS_KEY_ID=x", "CDK_PROFILE=x", "CDK_REGION=x",
		"CDK_TAGS=x", "CDK_QUALIFIER=x", "AWS_PROFILE=x", "AWS_DEFAULT_PROFILE=x"}
	kept := []string{
		"HOME=/home/me",
		"AWS_CONFIG_FILE=",
		"AWS_CA_BUNDLE=/ca.pem",
		"AWS_ENDPOINT_URL=http://localhost",
		"CDK_ROLE_ARN=r",
	}
	tests := []struct {
		name   string
		access Access
		want   []string
	}{
		{"keys", Access{Credentials: keys, Region: "eu-west-1"},
			[]string{"AWS_ACCESS_KEY_ID=AKID", "AWS_SECRET_ACCESS_KEY=secret", "AWS_REGION=eu-west-1"}},
		{"temporary keys of a profile", Access{Credentials: temporary, Profile: "p", Region: "eu-west-1"},
			[]string{"AWS_ACCESS_KEY_ID=AKID", "AWS_SECRET_ACCESS_KEY=secret", "AWS_REGION=eu-west-1",
				"AWS_SESSION_TOKEN=token", "AWS_PROFILE=p"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := test.access.environ(slices.Concat(kept[:2], others, kept[2:]))
			if diff := cmp.Diff(slices.Concat(kept, test.want), got); diff != "" {
				t.Errorf("the environment differs (-want +got):\n%s", diff)
			}
		})
	}
}

// TestStaleCache checks that the CDK CLI gets a new home folder if its cache is stale.
func TestStaleCache(t *testing.T) {
	for name, test := range map[string]struct {
		cache string
		fresh bool // CDK_HOME is a new folder
	}{
		"no cache":      {"", false},
		"other key":     {`{"OTHER": {"accountId": "444455556666", "partition": "aws"}}`, false},
		"same account":  {`{"AKID": {"accountId": "111122223333", "partition": "aws"}}`, false},
		"other account": {`{"AKID": {"accountId": "444455556666", "partition": "aws"}}`, true},
		"invalid JSON":  {"{", false}, // the CDK CLI ignores such a cache too
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			t.Setenv("CDK_HOME", home)
			if test.cache != "" {
				file := filepath.Join(home, "cache", "accounts_partitions.json")
				if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(test.cache), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			out := &bytes.Buffer{}
			cli := CLI{Project: project(t), Access: access, Out: out}
			if err := cli.Deploy(t.Context(), deploymentOf("x")); err != nil {
				t.Fatal(err)
			}
			got := printedValues(out, "home")
			if fresh := len(got) != 1 || got[0] != home; fresh != test.fresh {
				t.Errorf("CDK_HOME changes: got %t, want %t; before: %s, after: %q", fresh, test.fresh, home, got)
			}
			if test.fresh {
				if _, err := os.Stat(strings.Join(got, "")); err == nil {
					t.Errorf("the folder %s still exists", got)
				}
			}
		})
	}
}

func TestAccessRelativePaths(t *testing.T) {
	t.Parallel()
	working, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	got := access.environ([]string{"AWS_CONFIG_FILE=aws/config", "CDK_HOME=/cdk"})
	want := []string{"AWS_CONFIG_FILE=" + filepath.Join(working, "aws", "config"), "CDK_HOME=/cdk"}
	if diff := cmp.Diff(want, got[:2]); diff != "" {
		t.Errorf("the environment differs (-want +got):\n%s", diff)
	}
}
