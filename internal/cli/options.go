package cli

import (
	"errors"
	"slices"
	"strings"

	"retrycatch/internal/cdk"
	"retrycatch/internal/deployment"
	"retrycatch/internal/problem"
)

// options reads the deployment options from the same sources as the CDK CLI: its files,
// CDK_CONTEXT, and the pairs on the command line. A later source takes precedence. The returned
// pairs go to the CDK CLI.
func (a *app) options(commandLine []string) (d deployment.Deployment, pairs []string, err error) {
	pairs = slices.Concat(cdk.Context(), commandLine, a.stage)
	named := map[string]bool{}
	for _, pair := range slices.Concat(commandLine, a.stage) {
		if stage, ok := strings.CutPrefix(pair, deployment.OptionStage+"="); ok {
			named[stage] = true
		}
	}
	var twoStages error
	if len(named) > 1 {
		twoStages = &problem.Problem{What: "the command line has different stages", Next: "pass one stage with --stage"}
	}
	settings, settingsErr := a.settings()
	d, err = deployment.FromPairs(pairs, settings.Context)
	if err := errors.Join(twoStages, settingsErr, a.explainOptionErrors(err)); err != nil {
		return deployment.Deployment{}, pairs, err
	}
	return d, pairs, nil
}

// settings reads the CDK CLI's settings of the project.
func (a *app) settings() (cdk.Settings, error) {
	project, err := a.findProject()
	if err != nil {
		return cdk.Settings{}, err
	}
	return cdk.ReadSettings(project)
}

// explainOptionErrors adds a next step to the error of each invalid option.
func (a *app) explainOptionErrors(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var each []error
		for _, one := range joined.Unwrap() {
			each = append(each, a.explainOptionErrors(one))
		}
		return errors.Join(each...)
	}
	option := (*deployment.OptionError)(nil)
	if !errors.As(err, &option) {
		return err
	}
	const otherwise = "correct it on the command line or in cdk.json"
	if option.Unknown() {
		return a.wrongWordError(option.Error(), option.Option, deployment.OptionNames(), otherwise)
	}
	return a.wrongWordError(option.Error(), option.Value, deployment.OptionValues(option.Option), otherwise)
}
