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

// checkRegion returns a problem for a region that cannot exist.
func checkRegion(name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return &problem.Problem{What: "no region is set",
			Next: "name one with --region or AWS_REGION, for example AWS_REGION=eu-central-1"}
	case !regionName.MatchString(name):
		return &problem.Problem{What: fmt.Sprintf("%q is not the name of a region", name),
			Next: "name one with --region or AWS_REGION, for example AWS_REGION=eu-central-1"}
	}
	return nil
}

// explainIdentity explains why a region does not know the access key. A region that is not enabled
// knows no key of the account. The first region of its partition knows every valid key:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html
func explainIdentity(ctx context.Context, cfg aws.Config, profile string, err error) error {
	always := alwaysEnabled(cfg.Region)
	api := answer(err)
	if api == nil || endings[api.ErrorCode()] != unknownKey || cfg.Region == always || always == "" {
		return Explain(err)
	}
	elsewhere := cfg.Copy()
	elsewhere.Region = always
	known, otherErr := whoami(ctx, elsewhere)
	if otherErr != nil {
		if other := answer(otherErr); other != nil && endings[other.ErrorCode()] == unknownKey {
			return &problem.Problem{What: "AWS does not know the access key", Next: check,
				Err: errors.New(api.ErrorCode() + ": " + api.ErrorMessage())}
		}
		return Explain(err)
	}
	return &problem.Problem{What: fmt.Sprintf("the region %s is not enabled in the account %s", cfg.Region,
		aws.ToString(known.Account)) + "; --region names another",
		Next: "aws account enable-region --region-name " + cfg.Region + " --region " + always + profileFlag(profile)}
}

func profileFlag(profile string) string {
	if profile == "" {
		return ""
	}
	return " --profile " + safetext.Word(profile)
}

// alwaysEnabled returns a region of the same partition that no account can disable, or
// "" for the other partitions:
// https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
func alwaysEnabled(region string) string {
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
