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

// ready ensures that the run neither touches existing resources nor is disturbed by them. It reads
// the inventory to compare with at the end.
func (s *suite) ready(ctx context.Context) error {
	problems := append(s.foreignOptions(), s.expiring())
	for _, region := range s.regions {
		state, err := preflight.ReadBootstrap(ctx, s.sessions[region].Config, s.bootstrap.Qualifier,
			s.bootstrap.StackName())
		if err != nil {
			return err
		}
		if !state.Ready() {
			problems = append(problems, &problem.Problem{
				What: fmt.Sprintf("the account %s is not bootstrapped for the CDK in the region %s with the qualifier %s",
					given.account, region, s.bootstrap.Qualifier),
				Next: s.program + " status --region " + region})
		}
	}
	left, err := s.left(ctx)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		problems = append(problems, &problem.Problem{What: "these exist already, perhaps from an interrupted run: " +
			strings.Join(left, ", "), Next: s.cleanCommand()})
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

// expiring returns a problem for exported credentials that end before the run. Those of a profile are
// renewed. https://docs.aws.amazon.com/cli/latest/reference/configure/export-credentials.html
func (s *suite) expiring() error {
	end, err := time.Parse(time.RFC3339, os.Getenv("AWS_CREDENTIAL_EXPIRATION"))
	needed := time.Duration(s.minutes(s.usage())) * time.Minute
	if err != nil || os.Getenv("AWS_SESSION_TOKEN") == "" || time.Until(end) > needed {
		return nil
	}
	return &problem.Problem{What: fmt.Sprintf("the credentials end at %s, and the run takes about %s",
		end.Local().Format(time.Kitchen), needed), Next: "use a profile, whose credentials are renewed, or fewer ROUNDS"}
}

// foreignOptions returns a problem for each option that the project's or the user's settings give
// to every deployment: the checks give their own.
func (s *suite) foreignOptions() (problems []error) {
	settings, err := cdk.ReadSettings(s.repository)
	if err != nil {
		return []error{err}
	}
	context := settings.Context
	for _, pair := range cdk.Context() {
		name, value, _ := strings.Cut(pair, "=")
		context[name] = value
	}
	for _, option := range deployment.OptionNames() {
		if context[option] != nil && option != deployment.OptionArchitecture && option != deployment.OptionAccount {
			problems = append(problems, &problem.Problem{
				What: fmt.Sprintf("the CDK's settings have the option %s, which the checks set themselves", option),
				Next: "remove it from cdk.json, cdk.context.json, ~/.cdk.json or CDK_CONTEXT for this run"})
		}
	}
	return problems
}
