package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"

	"retrycatch/internal/localaws"
	"retrycatch/internal/problem"
	"retrycatch/internal/scratch"
	"retrycatch/internal/session"
)

func (a *app) local() *cobra.Command {
	region := defaultLocalRegion
	cmd := &cobra.Command{
		Use:   "local [flags] [-- COMMAND [ARGUMENT...]]",
		Short: "Open a shell or run a command with a local AWS",
		Long: "Start a local AWS, and open a shell or run COMMAND with it. " +
			"Your AWS profiles and credentials do not apply.\n\n" +
			"When the shell or command ends, the local AWS stops and its data is deleted.",
		Example: example("Open a shell", "retrycatch local",
			"Deploy and run every path",
			"retrycatch local -- sh -c 'retrycatch deploy --yes && retrycatch run all'"),
		GroupID: groupTry,
		Args:    cobra.ArbitraryArgs,
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runLocal(cmd.Context(), region, args) },
	}
	a.projectFlag(cmd)
	regionFlag(cmd, &region)
	return cmd
}

// defaultLocalRegion is the region of a local AWS.
const defaultLocalRegion = "us-east-1"

// regionFlag adds the flag for the region of a local AWS. The variable holds the default.
func regionFlag(cmd *cobra.Command, region *string) {
	nameVar(cmd, region, "region", "", "simulate this `REGION`")
	completeFlag(cmd, "region", cobra.NoFileCompletions)
}

// openLocal starts a local AWS. If AWS_ENDPOINT_URL is set, it connects to that endpoint instead.
func (a *app) openLocal(ctx context.Context, region string) (*localaws.Server, error) {
	if err := session.CheckRegion(region); err != nil {
		return nil, &problem.Problem{What: err.Error(), Next: a.withFlag("region", defaultLocalRegion)}
	}
	if err := scratch.SelectTempDir(); err != nil {
		return nil, err
	}
	project, err := a.findProject()
	if err != nil {
		return nil, err
	}
	d, _, err := a.options(nil)
	if err != nil {
		return nil, err
	}
	// If the options set an account, the local AWS simulates that account.
	server, err := localaws.Open(ctx, localaws.Options{Project: project, Account: d.Account, Region: region})
	if err != nil {
		return nil, err
	}
	if server.Started() {
		a.console.Progress("A local AWS is running at %s,\naccount %s, region %s.", server.Endpoint, server.Account, region)
	} else {
		a.console.Progress("Using the endpoint in AWS_ENDPOINT_URL:\n%s, region %s.", server.Endpoint, region)
	}
	return server, nil
}

func (a *app) runLocal(ctx context.Context, region string, args []string) (err error) {
	shell := len(args) == 0
	if shell {
		args = []string{cmp.Or(os.Getenv("SHELL"), "/bin/sh")}
	}
	program, err := a.findProgram(args[0])
	if err != nil {
		if failed := (*exec.Error)(nil); errors.As(err, &failed) {
			err = failed.Err
		}
		what := "cannot run the command "
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
			what, err = "cannot find the command ", nil // "not found" would repeat the message
		}
		return &problem.Problem{What: what + args[0],
			Next: "name a command in PATH, or give the path of a program", Err: err}
	}
	server, err := a.openLocal(ctx, region)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, asBadResult(server.Close())) }()
	cmd := exec.Command(program, args[1:]...)
	cmd.Args[0] = args[0]
	cmd.Env = a.localEnviron(server)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = a.console.In, a.console.Out, a.console.Err
	if !shell || !a.console.Interactive {
		return runToEnd(ctx, cmd)
	}
	cleanUp, err := markPrompt(cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cleanUp()) }()
	a.showFirstCommands()
	err = runToEnd(ctx, cmd)
	if server.Started() {
		a.console.Progress("Stopping the local AWS and deleting its data.")
	}
	return err
}

// findProgram searches for a program in the folder of the running retrycatch, and then in PATH.
// localEnviron makes the command search in the same order.
func (a *app) findProgram(name string) (string, error) {
	if own, err := a.executable(); err == nil && filepath.Base(name) == name {
		if program, err := exec.LookPath(filepath.Join(filepath.Dir(own), name)); err == nil {
			return program, nil
		}
	}
	return exec.LookPath(name)
}

// localEnviron returns the environment of a command that uses a local AWS. Its PATH begins with the
// folder of the running retrycatch, so that the command finds the same retrycatch.
func (a *app) localEnviron(server *localaws.Server) []string {
	environ := append(server.Environ(), shellVariable+"="+server.Endpoint)
	if program, err := a.executable(); err == nil { // otherwise PATH is unchanged
		environ = append(environ, "PATH="+filepath.Dir(program)+string(os.PathListSeparator)+os.Getenv("PATH"))
	}
	return environ
}

// showFirstCommands suggests commands to try in the shell.
func (a *app) showFirstCommands() {
	a.console.Progress("Your AWS profiles and credentials do not apply in this shell. Try:")
	for _, line := range [][2]string{
		{"retrycatch deploy --yes", "deploy the stack"},
		{"retrycatch run all", "run every path"},
		{"retrycatch inspect latest", "show the latest execution"},
		{"retrycatch report", "write an HTML report of the executions"},
		{"retrycatch destroy", "delete the stack, and prove that none of its resources are left"},
		{"exit", "stop the local AWS"},
	} {
		a.console.Progress("  %-27s %s", line[0], line[1])
	}
}

// commandExit is the error of a failed command that "retrycatch local" ran. The program then exits
// with the same code and prints no message, because the command has printed its own.
type commandExit struct{ code int }

func (c *commandExit) Error() string {
	return fmt.Sprintf("the command exited with code %d", c.code)
}
