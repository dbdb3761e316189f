package cli

import (
	"errors"
	"os"
	"slices"
	"strings"

	"retrycatch/internal/cdk"
	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
)

// findProject returns the project's folder. Its options decide on which stage and account a command
// works.
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
			Next: a.inProject("DIR"),
		}
	case errors.As(err, &two):
		return "", &problem.Problem{What: two.Error(), Next: a.with("--project", two.Executable)}
	case errors.As(err, &wrong):
		return "", &problem.Problem{What: wrong.Error(), Next: a.inProject("DIR")}
	}
	return folder, err
}

// elsewhere returns the project's folder, and "" where that is the working folder.
func (a *app) elsewhere() (string, error) {
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

// cdk returns the project's CDK CLI. Its output is progress, so it goes to standard error.
func (a *app) cdk() (cdk.CLI, error) {
	project, err := a.findProject()
	if err != nil {
		return cdk.CLI{}, err
	}
	return cdk.CLI{
		Project: project,
		In:      a.console.In,
		Out:     a.console.Foreign(),
		Plain:   a.console.Plain(),
	}, nil
}

// inProject returns this very command line for another project.
func (a *app) inProject(folder string) string {
	other := *a
	other.args = nil
	for i := 0; i < len(a.args); i++ {
		switch arg := a.args[i]; {
		case arg == "--":
			other.args = append(other.args, a.args[i:]...)
			return other.with("--project", folder)
		case arg == "--project":
			i++ // its value
		case !strings.HasPrefix(arg, "--project="):
			other.args = append(other.args, arg)
		}
	}
	return other.with("--project", folder)
}

// with returns this very command line with more words, ready to be pasted into a shell.
func (a *app) with(more ...string) string {
	words := []string{"retrycatch"}
	for _, arg := range a.args {
		words = append(words, safetext.Word(arg))
	}
	end := slices.Index(words, "--") // the words after it belong to another command
	if end < 0 {
		end = len(words)
	}
	for i := range more {
		more[i] = safetext.Word(more[i])
	}
	return strings.Join(slices.Insert(words, end, more...), " ")
}
