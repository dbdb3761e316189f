package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"retrycatch/internal/cdk"
	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
	"retrycatch/internal/session"
)

// accessSettings holds the profile and the region to use. The CDK CLI reads more settings than the
// SDKs, and both must reach the same account.
type accessSettings struct {
	profile string // empty to use the environment's profile
	region  string // empty to use the environment's region
}

// selectAccess combines the command line with the CDK CLI's settings. The command line overrides
// the settings. If the parameter "region" is not empty, it is the stack's own region and overrides
// both. If the CDK CLI and other tools would use different identities or regions, the error says
// so.
func (a *app) selectAccess(s cdk.Settings, region string) (accessSettings, error) {
	chosen := accessSettings{cmp.Or(a.profile, s.Profile.Value), cmp.Or(region, a.region, s.Region.Value)}
	var problems []error
	addContradiction := func(flag, value, format string, values ...any) {
		problems = append(problems, &problem.Problem{What: fmt.Sprintf("the settings select two "+format, values...),
			Next: a.withFlag(flag, value)})
	}
	profile := cdk.FromEnvironment("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
	keys := os.Getenv("AWS_ACCESS_KEY_ID") != "" && os.Getenv("AWS_SECRET_ACCESS_KEY") != ""
	webIdentity := os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE") != ""
	switch {
	case a.profile != "":
	case s.Profile.Value != "" && profile.Value != "" && profile.Value != s.Profile.Value:
		addContradiction("profile", s.Profile.Value, "profiles: the CDK uses %q (%s), but other tools use %q (%s)",
			s.Profile.Value, s.Profile.Source, profile.Value, profile.Source)
	case s.Profile.Value != "" && keys:
		addContradiction("profile", s.Profile.Value, "identities: the CDK uses the profile %q (%s), but other tools "+
			"use keys (AWS_ACCESS_KEY_ID)", s.Profile.Value, s.Profile.Source)
	case s.Profile.Value != "" && webIdentity:
		addContradiction("profile", s.Profile.Value, "identities: the CDK uses the profile %q (%s), but other tools "+
			"use a web identity (AWS_WEB_IDENTITY_TOKEN_FILE)", s.Profile.Value, s.Profile.Source)
	case webIdentity && profile.Value != "" && !keys:
		addContradiction("profile", profile.Value, "identities: the profile %q (%s) and a web identity "+
			"(AWS_WEB_IDENTITY_TOKEN_FILE)", profile.Value, profile.Source)
	}
	envRegion := cdk.FromEnvironment("AWS_REGION", "AWS_DEFAULT_REGION")
	if cmp.Or(region, a.region) == "" && s.Region.Value != "" && envRegion.Value != "" &&
		envRegion.Value != s.Region.Value {
		addContradiction("region", s.Region.Value, "regions: the CDK uses %q (%s), but other tools use %q (%s)",
			s.Region.Value, s.Region.Source, envRegion.Value, envRegion.Source)
	}
	return chosen, errors.Join(problems...)
}

// loadAccess loads the credentials once per command. All regions and the CDK CLI share them, so the
// user enters an MFA code only once.
func (a *app) loadAccess(ctx context.Context, chosen accessSettings) (*session.Access, error) {
	if a.access != nil {
		return a.access, nil
	}
	o := session.Options{Profile: chosen.profile, Region: chosen.region, Notify: a.console.Notice}
	if a.console.Interactive {
		o.AskMFA = func(ctx context.Context, device string) (string, error) {
			return a.console.Ask(ctx, "MFA code for "+safetext.Line(device)+": ")
		}
	}
	var err error
	a.access, err = session.Load(ctx, o)
	return a.access, err
}

// connect opens a session in the selected region.
func (a *app) connect(ctx context.Context, chosen accessSettings) (*session.Session, error) {
	if a.opener != nil {
		return a.opener(ctx, chosen.region)
	}
	access, err := a.loadAccess(ctx, chosen)
	if err != nil {
		return nil, err
	}
	return access.Open(ctx, chosen.region)
}

// announce prints the account, the regions and the identity that a command uses.
func (a *app) announce(targets ...*target) {
	var regions []string
	for _, t := range targets {
		regions = append(regions, t.Region())
	}
	t := targets[0]
	identity := safetext.Line(t.Caller)
	if t.Profile != "" {
		identity += ", profile " + safetext.Line(t.Profile)
	}
	a.console.Progress("Account %s, region %s\nas %s.", t.Account, strings.Join(regions, ", "), identity)
}

// cdkAccess returns the target's credentials and region for the CDK CLI.
func (t *target) cdkAccess(ctx context.Context) (cdk.Access, error) {
	credentials, err := t.Config.Credentials.Retrieve(ctx)
	if err != nil {
		return cdk.Access{}, err
	}
	return cdk.Access{Credentials: credentials, Profile: t.SettingsProfile, Account: t.Account, Region: t.Region()}, nil
}

// partition returns the AWS partition of the target's account, for example aws-cn.
func (t *target) partition() string {
	caller, _ := arn.Parse(t.Caller) // the app's method open validated the ARN
	return caller.Partition
}
