package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"retrycatch/internal/inventory"
)

// profiles is an AWS config file with two profiles. The local AWS reads a 12-digit access key as
// the account ID.
const profiles = `[default]
aws_access_key_id = 111122223333
aws_secret_access_key = ` + secretKey + `
region = ` + region + `
[profile corp]
aws_access_key_id = 444455556666
aws_secret_access_key = ` + secretKey + `
region = ` + region + `
`

// environWithProfiles returns an environment with both profiles but without credentials.
// ~/.cdk.json selects the profile corp.
func (c *cloud) environWithProfiles(t *testing.T) []string {
	t.Helper()
	config := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(config, []byte(profiles), 0o600); err != nil {
		t.Fatal(err)
	}
	environ := append(c.environWithUserSettings(t, `{"profile": "corp"}`), cdkAppVariable(t))
	environ = slices.DeleteFunc(environ, func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains([]string{
			"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "CDK_PROFILE", "CDK_REGION",
		}, name)
	})
	return append(environ, "AWS_CONFIG_FILE="+config)
}

// cdkHomeWithWrongAccount returns a CDK home folder. Its cache maps an access key to the wrong
// account.
func cdkHomeWithWrongAccount(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	cache := filepath.Join(folder, "cache", "accounts_partitions.json")
	if err := os.MkdirAll(filepath.Dir(cache), 0o700); err != nil {
		t.Fatal(err)
	}
	const content = `{"444455556666": {"accountId": "777788889999", "partition": "aws"}}`
	if err := os.WriteFile(cache, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// retrycatch and the CDK CLI use the same account, whichever setting selects the account.
func TestTargetAccount(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	accounts := map[string]*cloud{}
	for _, number := range []string{"111122223333", "444455556666"} {
		account := c.inAccount(number)
		account.bootstrap(t, blueprint{})
		accounts[number] = account
	}
	base := c.environWithProfiles(t)
	const keys = "AWS_ACCESS_KEY_ID=111122223333\nAWS_SECRET_ACCESS_KEY=" + secretKey
	tests := []struct {
		name, environ string
		flags         []string
		account       string // the account of the deployment; empty if the command must fail
		want          string
	}{
		{"~/.cdk.json", "", nil, "444455556666", "profile corp"},
		{"CDK_PROFILE", "CDK_PROFILE=default", nil, "111122223333", "profile default"},
		{"wrong cache", "CDK_HOME=" + cdkHomeWithWrongAccount(t), nil, "444455556666", "Account 444455556666"},
		{"--profile", "AWS_PROFILE=corp\nCDK_PROFILE=corp", []string{"--profile", "default"},
			"111122223333", "profile default"},
		{"two profiles", "AWS_PROFILE=default", nil, "", `the settings select two profiles: the CDK uses "corp"`},
		{"profile and keys", keys, nil, "", `the settings select two identities: the CDK uses the profile "corp"`},
		{"web identity", "CDK_PROFILE=\nAWS_PROFILE=corp\nAWS_WEB_IDENTITY_TOKEN_FILE=token", nil, "",
			`the settings select two identities: the profile "corp" (AWS_PROFILE)`},
		{"two regions", "CDK_REGION=us-east-1\nAWS_REGION=" + region, nil, "",
			`the settings select two regions: the CDK uses "us-east-1"`},
	}
	for _, test := range tests {
		environ := slices.Concat(base, strings.Fields(test.environ))
		code := 0
		if test.account == "" {
			code = 2
		}
		run := func(command ...string) {
			t.Helper()
			r := runCommand(t, environ, retrycatch, append(command, test.flags...)...)
			if r.code != code {
				t.Fatalf("%s: %s: got exit code %d, want %d\n%s", test.name, command[0], r.code, code, r.stderr)
			}
			r.wantText(t, test.want)
		}
		run("deploy", "--yes")
		requireStackOnlyIn(t, accounts, test.account, test.name)
		run("destroy", "--yes")
	}
}

// requireStackOnlyIn checks that only the account with the given ID has the stack. If the ID is
// empty, no account may have the stack.
func requireStackOnlyIn(t *testing.T, accounts map[string]*cloud, wantID, test string) {
	t.Helper()
	for id, account := range accounts {
		stack, err := inventory.FindStack(t.Context(), account.config, "retrycatch")
		if err != nil {
			t.Fatal(err)
		}
		if got, want := stack != nil, id == wantID; got != want {
			t.Errorf("%s: account %s has the stack: got %t, want %t", test, id, got, want)
		}
	}
}
