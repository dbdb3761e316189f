package cli

import (
	"errors"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"retrycatch/internal/problem"
	"retrycatch/internal/view"
)

// outputFlag is the value of --output.
type outputFlag string

const (
	outputText outputFlag = "text"
	outputJSON outputFlag = "json"
)

func (o *outputFlag) String() string { return string(*o) }
func (o *outputFlag) Type() string   { return "format" }
func (o *outputFlag) Set(value string) error {
	if !slices.Contains(o.choices(), value) {
		return errors.New("must be " + alternatives(o.choices()))
	}
	*o = outputFlag(value)
	return nil
}

func (o *outputFlag) choices() []string { return []string{string(outputText), string(outputJSON)} }

// outputVar adds the flag --output. The parameter "what" names the result in the usage text.
func outputVar(cmd *cobra.Command, output *outputFlag, what string) {
	cmd.Flags().Var(output, "output", "print "+what+" as `FORMAT`: "+alternatives(output.choices()))
	completeFlag(cmd, "output", cobra.FixedCompletions(output.choices(), cobra.ShellCompDirectiveNoFileComp))
}

// show prints a result in the format of --output.
func (a *app) show(r view.Result, output outputFlag) {
	if output == outputJSON {
		a.console.JSON(r)
		return
	}
	r.Text(a.console)
}

// success describes what a finished command did.
type success struct {
	what string // a clause, such as "everything is gone"
	next string // the command that shows the result again; empty for the same command line
}

// outputError returns a problem for output that could not be written after the command did its
// work.
func (a *app) outputError(writeErr error) error {
	p := &problem.Problem{What: "the output could not be written", Err: withoutFileName(writeErr), Next: a.success.next}
	if a.success.what != "" {
		p.What = a.success.what + ", but the result could not be written"
	}
	if p.Next == "" {
		p.Next = a.commandLine()
	}
	p.Next = "free disk space for the output; then " + p.Next
	return p
}

// withoutFileName returns the cause of an error that names a file. The caller's message already
// names the file.
func withoutFileName(err error) error {
	for {
		path, link := (*os.PathError)(nil), (*os.LinkError)(nil)
		switch {
		case errors.As(err, &path):
			err = path.Err
		case errors.As(err, &link):
			err = link.Err
		default:
			return err
		}
	}
}
