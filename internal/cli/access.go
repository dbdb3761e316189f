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

// selection holds the profile and the region from the command line and the settings. The CDK CLI
// reads more settings than the SDKs, and both must reach the same account.
type selection struct {
	profile string // empty for the environment's
	region  string // empty for the environment's
}

// selectAccess combines the command line with the CDK CLI's settings. It returns a problem if the
// CDK CLI and other tools would reach different accounts or regions. The command line overrides
// the settings. So does region, the region of a stack, unless it is empty.
func (a *app) selectAccess(s cdk.Settings, region string) (selection, error) {
	chosen := selection{cmp.Or(a.profile, s.Profile.Value), cmp.Or(region, a.region, s.Region.Value)}
	var problems []error
	contradiction := func(flag, value, format string, values ...any) {
		problems = append(problems, &problem.Problem{What: fmt.Sprintf("the settings name two "+format, values...),
			Next: a.withFlag(flag, value)})
	}
	profile := cdk.Environment("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
	keys := os.Getenv("AWS_ACCESS_KEY_ID") != "" && os.Getenv("AWS_SECRET_ACCESS_KEY") != ""
	webIdentity := os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE") != ""
	switch {
	case a.profile != "":
	case s.Profile.Value != "" && profile.Value != "" && profile.Value != s.Profile.Value:
		contradiction("profile", s.Profile.Value, "profiles: %s for the CDK (%s), and %s for other tools (%s)",
			s.Profile.Value, s.Profile.Source, profile.Value, profile.Source)
	case s.Profile.Value != "" && keys:
		contradiction("profile", s.Profile.Value, "identities: the profile %s for the CDK (%s), and keys for other "+
			"tools (AWS_ACCESS_KEY_ID)", s.Profile.Value, s.Profile.Source)
	case s.Profile.Value != "" && webIdentity:
		contradiction("profile", s.Profile.Value, "identities: the profile %s for the CDK (%s), and a web identity "+
			"for other tools (AWS_WEB_IDENTITY_TOKEN_FILE)", s.Profile.Value, s.Profile.Source)
	case webIdentity && profile.Value != "" && !keys:
		contradiction("profile", profile.Value, "identities: the profile %s (%s), and a web identity "+
			"(AWS_WEB_IDENTITY_TOKEN_FILE)", profile.Value, profile.Source)
	}
	settings := cdk.Environment("AWS_REGION", "AWS_DEFAULT_REGION")
	if cmp.Or(region, a.region) == "" && s.Region.Value != "" && settings.Value != "" &&
		settings.Value != s.Region.Value {
		contradiction("region", s.Region.Value, "regions: %s for the CDK (%s), and %s for other tools (%s)",
			s.Region.Value, s.Region.Source, settings.Value, settings.Source)
	}
	return chosen, errors.Join(problems...)
}

// loadAccess loads the access to AWS once for a command. All regions and the CDK CLI share its
// credentials, so the user enters an MFA code once.
func (a *app) loadAccess(ctx context.Context, chosen selection) (*session.Access, error) {
	if a.loaded != nil {
		return a.loaded, nil
	}
	o := session.Options{Profile: chosen.profile, Region: chosen.region, Notify: a.console.Notice}
	if a.console.Interactive {
		o.AskMFA = func(ctx context.Context, device string) (string, error) {
			return a.console.Ask(ctx, "MFA code of "+safetext.Line(device)+": ")
		}
	}
	var err error
	a.loaded, err = session.Load(ctx, o)
	return a.loaded, err
}

// connect opens the access to AWS in the selected region.
func (a *app) connect(ctx context.Context, chosen selection) (*session.Session, error) {
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
	as := safetext.Line(t.Caller)
	if t.Profile != "" {
		as += ", profile " + safetext.Line(t.Profile)
	}
	a.console.Progress("Account %s, region %s\nas %s.", t.Account, strings.Join(regions, ", "), as)
}

// cdkAccess returns the target's credentials and region for the CDK CLI.
func (t *target) cdkAccess(ctx context.Context) (cdk.Access, error) {
	credentials, err := t.Config.Credentials.Retrieve(ctx)
	if err != nil {
		return cdk.Access{}, err
	}
	return cdk.Access{Credentials: credentials, Profile: t.SettingsProfile, Account: t.Account, Region: t.Region()}, nil
}

// partition returns the partition of the target's account, for example aws-cn.
func (t *target) partition() string {
	caller, _ := arn.Parse(t.Caller) // open has checked that it is an ARN
	return caller.Partition
}
