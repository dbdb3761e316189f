package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"retrycatch/internal/inventory"
)

// The local AWS takes an access key of 12 digits for an account's number.
const profiles = `[default]
aws_access_key_id = 111122223333
aws_secret_access_key = ` + secretKey + `
region = ` + region + `
[profile corp]
aws_access_key_id = 444455556666
aws_secret_access_key = ` + secretKey + `
region = ` + region + `
`

// The command and the CDK CLI reach one account, wherever the settings name it.
func TestOneTarget(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	config := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(config, []byte(profiles), 0o600); err != nil {
		t.Fatal(err)
	}
	accounts := map[string]*cloud{}
	for _, account := range []string{"111122223333", "444455556666"} {
		other := *c
		other.account = account
		other.config = c.config.Copy()
		other.config.Credentials = credentials.NewStaticCredentialsProvider(account, secretKey, "")
		other.bootstrap(t, original{})
		accounts[account] = &other
	}
	base := slices.DeleteFunc(append(c.withUserSettings(t, `{"profile": "corp"}`), assembly(t)), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains([]string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "CDK_PROFILE",
			"CDK_REGION"}, name)
	})
	base = append(base, "AWS_CONFIG_FILE="+config)
	const keys = "AWS_ACCESS_KEY_ID=111122223333\nAWS_SECRET_ACCESS_KEY=" + secretKey
	poisoned := t.TempDir()
	cache := filepath.Join(poisoned, "cache", "accounts_partitions.json")
	if err := os.MkdirAll(filepath.Dir(cache), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cache, []byte(`{"444455556666": {"accountId": "777788889999", "partition": "aws"}}`), 0o600); err != nil {
		t.Fatal(err)
	}

	tests := []struct {
		name, environ string
		flags         []string
		account       string // the one deployed to; empty for none
		says          string
	}{
		{"the CDK's profile", "", nil, "444455556666", "profile corp"},
		{"CDK_PROFILE over the file", "CDK_PROFILE=default", nil, "111122223333", "profile default"},
		{"a cache that names another account", "CDK_HOME=" + poisoned, nil, "444455556666", "Account 444455556666"},
		{"the command line over all", "AWS_PROFILE=corp\nCDK_PROFILE=corp", []string{"--profile", "default"},
			"111122223333", "profile default"},
		{"two profiles", "AWS_PROFILE=default", nil, "", "the settings name two profiles: corp for the CDK"},
		{"a profile and keys", keys, nil, "", "the settings name two identities: the profile corp for the CDK"},
		{"a web identity", "CDK_PROFILE=\nAWS_PROFILE=corp\nAWS_WEB_IDENTITY_TOKEN_FILE=token", nil, "",
			"the settings name two identities: the profile corp (AWS_PROFILE)"},
		{"two regions", "CDK_REGION=us-east-1\nAWS_REGION=" + region, nil, "", "the settings name two regions: us-east-1"},
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
				t.Fatalf("%s: %s ended with exit code %d\n%s", test.name, command[0], r.code, r.stderr)
			}
			r.says(t, test.says)
		}
		run("deploy", "--yes")
		for account, there := range accounts {
			stack, err := inventory.FindStack(t.Context(), there.config, "retrycatch")
			if err != nil {
				t.Fatal(err)
			}
			if (stack != nil) != (account == test.account) {
				t.Errorf("%s: the stack of the account %s is %+v", test.name, account, stack)
			}
		}
		run("destroy", "--yes")
	}
}
