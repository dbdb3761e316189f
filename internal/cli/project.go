package cli

import (
	"errors"
	"os"

	"retrycatch/internal/cdk"
	"retrycatch/internal/problem"
)

// findProject returns the project folder. The options in its cdk.json select the stage and account.
func (a *app) findProject() (string, error) {
	executable, err := a.executable()
	if err != nil {
		return "", err
	}
	working, err := os.Getwd()
	if err != nil {
		return "", err
	}
	folder, err := cdk.FindProject(cdk.Hints{Named: a.project, Executable: executable, Working: working})
	var none *cdk.NoProjectError
	var two *cdk.TwoProjectsError
	var wrong *cdk.NotProjectError
	switch {
	case errors.As(err, &none):
		return "", &problem.Problem{
			What: none.Error() + "; --project names its folder",
			Next: a.withFlag("project", "DIR"),
		}
	case errors.As(err, &two):
		return "", &problem.Problem{What: two.Error(), Next: a.withFlag("project", two.Executable)}
	case errors.As(err, &wrong):
		return "", &problem.Problem{What: wrong.Error(), Next: a.withFlag("project", "DIR")}
	}
	return folder, err
}

// cdFolder returns the project folder, or an empty string if it is the working folder.
func (a *app) cdFolder() (string, error) {
	folder, err := a.findProject()
	if err != nil {
		return "", err
	}
	working, err := os.Getwd()
	if err == nil && folder == working {
		folder = ""
	}
	return folder, err
}

// cdk returns the project's CDK CLI. Its output counts as progress and goes to standard error.
func (a *app) cdk() (cdk.CLI, error) {
	project, err := a.findProject()
	if err != nil {
		return cdk.CLI{}, err
	}
	return cdk.CLI{
		Project: project,
		In:      a.console.In,
		Out:     a.console.ChildStderr(),
		Plain:   a.console.IsPlain(),
	}, nil
}
