package cdk

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Access is the access to AWS that the CDK CLI gets: the same that has been checked. The CDK CLI
// would look for credentials in another order than the SDK for Go.
type Access struct {
	Credentials aws.Credentials
	Profile     string // has the credentials, and other settings such as ca_bundle; empty if none has them
	Account     string // its number
	Region      string
}

// sources lists the environment variables that could select other credentials or another region. A
// * at the end matches any rest. A profile in the environment has other settings too, and keys there
// take precedence over its credentials:
// https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
// https://github.com/aws/aws-cdk-cli/blob/main/packages/@aws-cdk/toolkit-lib/lib/api/aws-auth/awscli-compatible.ts
var sources = []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN",
	"AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_*", "AWS_REGION",
	"AWS_DEFAULT_REGION", "AMAZON_*", "CDK_PROFILE", "CDK_REGION"}

// arguments returns the arguments that override the profile and the region of cdk.json.
func (a Access) arguments() []string { return []string{"--profile=", "--region", a.Region} }

// environ returns an environment with this access and no other.
func (a Access) environ(environ []string) []string {
	var kept []string
	for _, variable := range environ {
		if name, _, _ := strings.Cut(variable, "="); !selects(name) {
			kept = append(kept, variable)
		}
	}
	kept = append(kept, "AWS_ACCESS_KEY_ID="+a.Credentials.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY="+a.Credentials.SecretAccessKey, "AWS_REGION="+a.Region)
	if a.Credentials.SessionToken != "" {
		kept = append(kept, "AWS_SESSION_TOKEN="+a.Credentials.SessionToken)
	}
	if a.Profile != "" {
		kept = append(kept, "AWS_PROFILE="+a.Profile)
	}
	return kept
}

func selects(name string) bool {
	for _, source := range sources {
		prefix, isPrefix := strings.CutSuffix(source, "*")
		if name == source || isPrefix && strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// misremembered reports whether the CDK CLI's cache assigns the access key to another account. The
// CDK CLI would believe it:
// https://github.com/aws/aws-cdk-cli/blob/main/packages/@aws-cdk/toolkit-lib/lib/api/aws-auth/account-cache.ts
func (a Access) misremembered() bool {
	users, _ := os.UserHomeDir()
	home := cmp.Or(os.Getenv("CDK_HOME"), filepath.Join(users, ".cdk"))
	content, err := os.ReadFile(filepath.Join(home, "cache", "accounts_partitions.json"))
	if err != nil {
		return false // the CDK CLI asks AWS
	}
	var accounts map[string]struct{ AccountID string }
	if err := json.Unmarshal(content, &accounts); err != nil {
		return false
	}
	remembered, found := accounts[a.Credentials.AccessKeyID]
	return found && remembered.AccountID != a.Account
}
