package cdk

import (
	"encoding/json"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Access holds verified credentials with their account and region. CLI passes these credentials to
// the CDK CLI, because the CDK CLI searches for credentials in a different order than the SDK for
// Go.
type Access struct {
	Credentials aws.Credentials
	Profile     string // profile for other settings, such as ca_bundle and endpoint_url, or empty
	Account     string // the account number
	Region      string
}

// accessVariables lists the environment variables that could select other credentials or another
// region. It also lists CDK_QUALIFIER and CDK_TAGS, which would change a bootstrap or a stack. A *
// at the end matches any text.
// https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
// https://github.com/aws/aws-cdk-cli/blob/main/packages/@aws-cdk/toolkit-lib/lib/api/aws-auth/awscli-compatible.ts
var accessVariables = []string{"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
	"AWS_SESSION_TOKEN", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_*",
	"AWS_REGION", "AWS_DEFAULT_REGION", "AMAZON_*", "CDK_PROFILE", "CDK_REGION", "CDK_QUALIFIER", "CDK_TAGS"}

// pathVariables lists the environment variables that hold the path of a file or folder. The path
// may be relative to the working folder, but the CDK CLI runs in another folder.
var pathVariables = []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE", "CDK_HOME"}

// arguments returns arguments that override the profile and the region in cdk.json.
func (a Access) arguments() []string { return []string{"--profile=", "--region", a.Region} }

// environ copies an environment and changes the copy so that it selects this access and no other.
// The CDK CLI prefers the keys in the environment to the credentials of AWS_PROFILE.
func (a Access) environ(environ []string) []string {
	var kept []string
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if selectsAccess(name) {
			continue
		}
		if absolute, err := filepath.Abs(value); slices.Contains(pathVariables, name) && value != "" && err == nil {
			variable = name + "=" + absolute
		}
		kept = append(kept, variable)
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

func selectsAccess(name string) bool {
	for _, source := range accessVariables {
		prefix, isPrefix := strings.CutSuffix(source, "*")
		if name == source || isPrefix && strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// hasStaleCache reports whether the CDK CLI's cache assigns the access key to the wrong account.
// The CDK CLI would trust this cache. The cache is in CDK_HOME, or else in .cdk in the home folder.
// The CDK CLI reads the home folder from the system's user database, or else from HOME:
// https://github.com/aws/aws-cdk-cli/blob/main/packages/@aws-cdk/toolkit-lib/lib/api/aws-auth/account-cache.ts
// https://github.com/aws/aws-cdk-cli/blob/main/packages/@aws-cdk/toolkit-lib/lib/util/directories.ts
func (a Access) hasStaleCache() bool {
	homes := []string{os.Getenv("CDK_HOME")}
	if homes[0] == "" {
		homes = nil
		if home, err := os.UserHomeDir(); err == nil {
			homes = append(homes, filepath.Join(home, ".cdk"))
		}
		if account, err := user.LookupId(strconv.Itoa(os.Getuid())); err == nil {
			homes = append(homes, filepath.Join(account.HomeDir, ".cdk"))
		}
	}
	return slices.ContainsFunc(homes, a.isStaleCache)
}

func (a Access) isStaleCache(home string) bool {
	content, err := os.ReadFile(filepath.Join(home, "cache", "accounts_partitions.json"))
	if err != nil {
		return false // without a cache, the CDK CLI asks AWS
	}
	var accounts map[string]struct{ AccountID string }
	if err := json.Unmarshal(content, &accounts); err != nil {
		return false
	}
	cached, found := accounts[a.Credentials.AccessKeyID]
	return found && cached.AccountID != a.Account
}
