package cli

import (
	"errors"
	"slices"
	"strings"

	"retrycatch/internal/cdk"
	"retrycatch/internal/deployment"
	"retrycatch/internal/problem"
)

// options reads the deployment options from the same sources as the CDK CLI: its settings files,
// CDK_CONTEXT and the command line. A later source takes precedence. pairs holds the options that
// must be passed to the CDK CLI because they are not in the files.
func (a *app) options(commandLine []string) (d deployment.Deployment, pairs []string, err error) {
	pairs = slices.Concat(cdk.EnvContext(), commandLine, a.stagePairs)
	stages := map[string]bool{}
	for _, pair := range slices.Concat(commandLine, a.stagePairs) {
		if stage, ok := strings.CutPrefix(pair, deployment.OptionStage+"="); ok {
			stages[stage] = true
		}
	}
	var conflict error
	if len(stages) > 1 {
		conflict = &problem.Problem{What: "the command line sets more than one stage", Next: "select one stage with --stage"}
	}
	settings, settingsErr := a.settings()
	d, err = deployment.FromPairs(pairs, settings.Context)
	if err := errors.Join(conflict, settingsErr, a.explainOptionErrors(err)); err != nil {
		return deployment.Deployment{}, pairs, err
	}
	return d, pairs, nil
}

// settings reads the CDK CLI's settings, from the project and the home directory.
func (a *app) settings() (cdk.Settings, error) {
	project, err := a.findProject()
	if err != nil {
		return cdk.Settings{}, err
	}
	return cdk.ReadSettings(project)
}

// explainOptionErrors adds a next step to each error about an option.
func (a *app) explainOptionErrors(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var explained []error
		for _, part := range joined.Unwrap() {
			explained = append(explained, a.explainOptionErrors(part))
		}
		return errors.Join(explained...)
	}
	option := (*deployment.OptionError)(nil)
	if !errors.As(err, &option) {
		return err
	}
	const defaultNext = "correct it on the command line or in cdk.json"
	if option.Unknown() {
		return a.wrongWordError(option.Error(), option.Option, deployment.OptionNames(), defaultNext)
	}
	return a.wrongWordError(option.Error(), option.Value, deployment.OptionValues(option.Option), defaultNext)
}
