package session

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
)

// regionName matches the name of a region, for example eu-central-1 or us-gov-west-1:
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
var regionName = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)

// CheckRegion returns a problem if the name of a region is empty or malformed.
func CheckRegion(name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return &problem.Problem{What: "no region is set", Next: nextSetRegion}
	case !regionName.MatchString(name):
		return &problem.Problem{What: fmt.Sprintf("%q is not a valid region name", name), Next: nextSetRegion}
	}
	return nil
}

// explainIdentityError explains an error of GetCallerIdentity. A region that is not enabled does
// not recognize the account's keys. To find out whether the keys are valid, explainIdentityError
// repeats the call in a region that is always enabled:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html
func explainIdentityError(ctx context.Context, cfg aws.Config, profile string, err error) error {
	enabledRegion := alwaysEnabledRegion(cfg.Region)
	api := apiError(err)
	if api == nil || fatalErrors[api.ErrorCode()] != unknownKey || cfg.Region == enabledRegion || enabledRegion == "" {
		return Explain(err)
	}
	enabledConfig := cfg.Copy()
	enabledConfig.Region = enabledRegion
	identity, enabledErr := getCallerIdentity(ctx, enabledConfig)
	if enabledErr != nil {
		if other := apiError(enabledErr); other != nil && fatalErrors[other.ErrorCode()] == unknownKey {
			return &problem.Problem{What: "AWS does not recognize the access key", Next: nextCheckKeys,
				Err: errors.New(api.ErrorCode() + ": " + api.ErrorMessage())}
		}
		return Explain(err)
	}
	what := fmt.Sprintf("the region %s is not enabled in the account %s", cfg.Region, aws.ToString(identity.Account))
	subcommand := "enable-region"
	if credentials, err := cfg.Credentials.Retrieve(ctx); err == nil && credentials.SessionToken != "" {
		what += ", or the session token comes from the global endpoint of STS, whose tokens are valid only in regions " +
			"that are enabled by default"
		subcommand = "get-region-opt-status"
	}
	return &problem.Problem{What: what + "; use --region to select another region",
		Next: "aws account " + subcommand + " --region-name " + cfg.Region + " --region " + enabledRegion +
			profileFlag(profile)}
}

func profileFlag(profile string) string {
	if profile == "" {
		return ""
	}
	return " --profile " + safetext.Word(profile)
}

// alwaysEnabledRegion returns a region that is in the given region's partition and that no account
// can disable. It returns "" for a partition whose documentation names no such region:
// https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
func alwaysEnabledRegion(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "cn-north-1"
	case strings.HasPrefix(region, "us-gov-"):
		return "us-gov-west-1"
	case strings.HasPrefix(region, "eusc-"), strings.Contains(region, "-iso"):
		return ""
	default:
		return "us-east-1"
	}
}
