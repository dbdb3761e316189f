//go:build smoke

package aws

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"retrycatch/internal/cdk"
	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/preflight"
	"retrycatch/internal/problem"
)

// checkReady checks that nothing in the account or the settings conflicts with the run. It also
// records the inventory for the comparison at the end.
func (s *suite) checkReady(ctx context.Context) error {
	problems := append(s.checkOptions(), s.checkExpiration())
	for _, region := range s.regions {
		state, err := preflight.ReadBootstrap(ctx, s.sessions[region].Config, s.bootstrap.Qualifier,
			s.bootstrap.StackName())
		if err != nil {
			return err
		}
		if !state.Ready() {
			problems = append(problems, &problem.Problem{
				What: fmt.Sprintf("the account %s is not bootstrapped for the CDK in the region %s with the qualifier %s",
					flags.account, region, s.bootstrap.Qualifier),
				Next: s.program + " status --region " + region})
		}
	}
	existing, err := s.leftovers(ctx)
	if err != nil {
		return err
	}
	if len(existing) > 0 {
		problems = append(problems, &problem.Problem{
			What: "resources of the smoke test already exist, perhaps from an interrupted run: " +
				strings.Join(existing, ", "), Next: s.cleanCommand()})
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	for _, region := range s.regions {
		if s.before[region], err = inventory.ReadAccount(ctx, s.sessions[region].Config); err != nil {
			return err
		}
	}
	return nil
}

// checkExpiration returns a problem if exported credentials expire before the run ends. The SDK
// renews a profile's credentials:
// https://docs.aws.amazon.com/cli/latest/reference/configure/export-credentials.html
func (s *suite) checkExpiration() error {
	end, err := time.Parse(time.RFC3339, os.Getenv("AWS_CREDENTIAL_EXPIRATION"))
	minutes := s.estimateMinutes(s.usage())
	needed := time.Duration(minutes) * time.Minute
	if err != nil || os.Getenv("AWS_SESSION_TOKEN") == "" || time.Until(end) > needed {
		return nil
	}
	return &problem.Problem{What: fmt.Sprintf("the credentials expire at %s, but the run takes about %d minutes",
		end.Local().Format(time.Kitchen), minutes),
		Next: "set AWS_PROFILE to a profile whose credentials are renewed, or lower ROUNDS"}
}

// checkOptions returns a problem for each deployment option in the CDK settings, because the checks
// set their own options.
func (s *suite) checkOptions() (problems []error) {
	settings, err := cdk.ReadSettings(s.repository)
	if err != nil {
		return []error{err}
	}
	context := settings.Context
	for _, pair := range cdk.EnvContext() {
		name, value, _ := strings.Cut(pair, "=")
		context[name] = value
	}
	for _, option := range deployment.OptionNames() {
		if context[option] != nil && option != deployment.OptionArchitecture && option != deployment.OptionAccount {
			problems = append(problems, &problem.Problem{
				What: fmt.Sprintf("the CDK settings contain the option %s, which the checks set themselves", option),
				Next: "remove the option from cdk.json, cdk.context.json, ~/.cdk.json or CDK_CONTEXT for this run"})
		}
	}
	return problems
}
