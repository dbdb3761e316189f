package cli

import (
	"errors"
	"os"

	"retrycatch/internal/cdk"
	"retrycatch/internal/problem"
)

// findProject returns the project folder. Its cdk.json holds options that select the stage and
// account.
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
	var missing *cdk.NoProjectError
	var ambiguous *cdk.TwoProjectsError
	var wrong *cdk.NotProjectError
	switch {
	case errors.As(err, &missing):
		return "", &problem.Problem{
			What: missing.Error() + "; use --project to select the project's folder",
			Next: a.withFlag("project", "DIR"),
		}
	case errors.As(err, &ambiguous):
		return "", &problem.Problem{What: ambiguous.Error(), Next: a.withFlag("project", ambiguous.ProgramProject)}
	case errors.As(err, &wrong):
		return "", &problem.Problem{What: wrong.Error(), Next: a.withFlag("project", "DIR")}
	}
	return folder, err
}

// cdFolder returns the folder to change to before a CDK command: the project folder, or an empty
// string if it is the working folder.
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

// cdk returns the project's CDK CLI. Its output goes to standard error, like progress.
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
