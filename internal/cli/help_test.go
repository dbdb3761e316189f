package cli

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"retrycatch/internal/view"
)

// newRoot returns the root command without a terminal.
func newRoot(args ...string) *cobra.Command {
	c := view.NewConsole(view.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard})
	return (&app{console: c, args: args, executable: os.Executable}).root()
}

// allCommands returns the root command and all commands below the root.
func allCommands() []*cobra.Command {
	root := newRoot()
	root.InitDefaultHelpCmd() // in the program, cobra calls this method
	return append([]*cobra.Command{root}, root.Commands()...)
}

// takesJSON reports whether a command has --output json.
func takesJSON(cmd *cobra.Command) bool {
	output := cmd.Flags().Lookup("output")
	return output != nil && output.Value.Type() == "format"
}

// placeholders lists the placeholders that help texts can use. Different help texts use the same
// placeholder for the same kind of value.
var placeholders = []string{
	"ARGUMENT",
	"ARN",
	"COMMAND",
	"DIR",
	"EXECUTION",
	"FILE",
	"FORMAT",
	"ID",
	"JSON",
	"MIX",
	"N",
	"NAME=VALUE",
	"PROFILE",
	"REGION",
	"SCENARIO",
	"SHELL",
	"STAGE",
	"STATE",
	"STATUS",
}

// helpFaults lists the faults in a command's help.
func helpFaults(cmd *cobra.Command) (faults []string) {
	if cmd.Example == "" {
		faults = append(faults, "no example")
	}
	if cmd.HasParent() && cmd.GroupID == "" {
		faults = append(faults, "no group")
	}
	arguments := strings.TrimPrefix(cmd.UseLine(), cmd.CommandPath())
	for _, used := range regexp.MustCompile(`[A-Z][A-Z=]+|\b[a-z]+\b`).FindAllString(arguments, -1) {
		if used != "flags" && !slices.Contains(placeholders, used) {
			faults = append(faults, "unknown placeholder "+used)
		}
	}
	cmd.InitDefaultHelpFlag()
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		name, usage := pflag.UnquoteUsage(flag)
		if flag.Value.Type() == "bool" {
			name = "FILE" // a switch has no placeholder; FILE passes the check below
		} else if _, completes := cmd.GetFlagCompletionFunc(flag.Name); !completes {
			faults = append(faults, "no completion of --"+flag.Name)
		}
		if !slices.Contains(placeholders, name) {
			faults = append(faults, "unknown placeholder "+name+" of --"+flag.Name)
		}
		if usage == "" || strings.HasSuffix(usage, ".") {
			faults = append(faults, "no description of --"+flag.Name+", or a description that ends with a period")
		}
	})
	return faults
}

func TestHelpIsComplete(t *testing.T) {
	t.Parallel()
	for _, cmd := range allCommands() {
		t.Run(cmd.Name(), func(t *testing.T) {
			for _, fault := range helpFaults(cmd) {
				t.Error(fault)
			}
		})
	}
}

func TestHelpFaults(t *testing.T) {
	t.Parallel()
	parent, cmd := &cobra.Command{
		Use: "parent",
	}, &cobra.Command{
		Use: "bad [name] [THING]",
		Run: func(*cobra.Command, []string) {},
	}
	parent.AddCommand(cmd)
	cmd.Flags().String("file", "", "a sentence.")
	want := []string{"no example", "no group", "unknown placeholder name", "unknown placeholder THING",
		"no completion of --file", "unknown placeholder string of --file",
		"no description of --file, or a description that ends with a period"}
	if diff := cmp.Diff(want, helpFaults(cmd)); diff != "" {
		t.Errorf("the faults differ (-want +got):\n%s", diff)
	}
}

// splitHelp returns the words of a help text. It drops comment markers, and backslashes at the
// ends of lines.
func splitHelp(text string) []string {
	return strings.Fields(strings.ReplaceAll(strings.ReplaceAll(text, "\\\n", "\n"), "# ", ""))
}

func TestHelpFitsEveryWidth(t *testing.T) {
	t.Parallel()
	for _, cmd := range allCommands() {
		t.Run(cmd.Name(), func(t *testing.T) {
			whole := splitHelp(helpText(cmd, maxHelpWidth))
			for width := 40; width <= 200; width++ {
				text := helpText(cmd, width)
				for line := range strings.Lines(text) {
					if n := ansi.StringWidth(strings.TrimSuffix(line, "\n")); n > width {
						t.Fatalf("at width %d, a line has %d columns: %s", width, n, line)
					}
				}
				if diff := cmp.Diff(whole, splitHelp(text)); diff != "" {
					t.Fatalf("at width %d, the words differ (-want +got):\n%s", width, diff)
				}
			}
		})
	}
}

// exampleArgs returns the arguments that a shell passes for each of the command's examples.
func exampleArgs(t *testing.T, cmd *cobra.Command) (examples [][]string) {
	folder := t.TempDir()
	// The shell function replaces the program retrycatch. A script in its place would be a new
	// file, and Linux can refuse to run a new file while another test starts a program.
	const record = `retrycatch() { printf '%s\n' "$@" >>"$RECORD"; echo >>"$RECORD"; }` + "\n"
	for line := range strings.Lines(cmd.Example) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		line, _, _ = strings.Cut(line, " | ") // drop the programs after a pipe
		recorded := filepath.Join(folder, "recorded")
		shell := exec.Command("bash", "-c", record+line+"\nwait")
		shell.Dir, shell.Env = folder, []string{"PATH=" + os.Getenv("PATH"), "RECORD=" + recorded}
		if out, err := shell.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
		text, err := os.ReadFile(recorded)
		if err != nil {
			t.Errorf("%s does not run retrycatch: %v", line, err)
		}
		_ = os.Remove(recorded)
		examples = append(examples, strings.Split(strings.TrimSuffix(string(text), "\n\n"), "\n"))
	}
	return examples
}

func TestExamplesParse(t *testing.T) {
	t.Parallel()
	for _, cmd := range allCommands() {
		t.Run(cmd.Name(), func(t *testing.T) {
			t.Parallel()
			for _, args := range exampleArgs(t, cmd) {
				if err := parse(newRoot(args...), args); err != nil {
					t.Errorf("%q: %v", args, err)
				}
				if cmd.HasParent() && args[0] != cmd.Name() {
					t.Errorf("%q is not an example of %s", args, cmd.Name())
				}
			}
		})
	}
	if err := parse(newRoot(), []string{"run", "--fast"}); err == nil {
		t.Error("got no error for an unknown flag")
	}
}

// parse parses a command line without running it.
func parse(root *cobra.Command, args []string) error {
	root.InitDefaultHelpCmd()
	cmd, rest, err := root.Find(args)
	if err == nil {
		cmd.InitDefaultHelpFlag()
		err = cmd.ParseFlags(rest)
	}
	if err == nil {
		err = cmd.ValidateArgs(cmd.Flags().Args())
	}
	return err
}

func TestHelpCommand(t *testing.T) {
	t.Parallel()
	run := func(args ...string) (int, string, string) {
		c, out, stderr := consoleOf("")
		code := (&app{console: c, args: args, executable: os.Executable}).execute(
			t.Context(),
			view.Streams{In: c.In, Out: out, Err: stderr},
		)
		return code, out.String(), stderr.String()
	}
	_, asFlag, _ := run("run", "--help")
	code, asCommand, stderr := run("help", "run")
	if code != exitDone || asFlag != asCommand || !strings.Contains(asFlag, "retrycatch run [SCENARIO] [flags]") ||
		stderr != "" {
		t.Errorf("help run: got exit code %d and\n%s%s\nwant %d and the output of run --help:\n%s", code, asCommand, stderr,
			exitDone, asFlag)
	}
	if code, out, _ := run(); code != exitDone || !strings.Contains(out, "Try it without an account") {
		t.Errorf("without arguments, got exit code %d and\n%s\nwant %d and the help", code, out, exitDone)
	}
	code, out, stderr := run("help", "rnu")
	want := "error: there is no command \"rnu\"; did you mean run?\n  next: retrycatch help run\n"
	if code != exitUnable || out != "" || stderr != want {
		t.Errorf("got exit code %d, output %q and standard error\n%s\nwant %d and\n%s", code, out, stderr, exitUnable, want)
	}
}

func TestVersions(t *testing.T) {
	chdirProject(t, `{}`)
	for file, text := range map[string]string{"package.json": `{"devDependencies": {"aws-cdk": "2.1.0"}}`,
		"go.mod": "module x\n\nrequire (\n\tgithub.com/aws/aws-cdk-go/awscdk/v2 v2.3.4\n)\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, out, stderr := runVersion(t)
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(
		`^retrycatch   unknown: this build does not record its commit\n` +
			`CDK CLI      2\.1\.0\naws-cdk-lib  2\.3\.4\nGo           go1\.\S+\nplatform     \w+/\w+\n$`,
	)
	if code != exitDone || !form.MatchString(out) || stderr != "" {
		t.Errorf("got exit code %d, output and standard error\n%s%s\nwant %d and output that matches\n%s", code, out, stderr,
			exitDone, form)
	}
	for _, file := range []string{"package.json", "go.mod"} {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	if _, out, _ := runVersion(t); !strings.Contains(out, "CDK CLI      unknown: package.json does not pin aws-cdk\n"+
		"aws-cdk-lib  unknown: go.mod does not require github.com/aws/aws-cdk-go/awscdk/v2\n") {
		t.Errorf("without pinned versions, got\n%s", out)
	}
	t.Chdir(t.TempDir())
	code, out, stderr = runVersion(t)
	if code != exitDone ||
		!strings.Contains(out, "CDK CLI      unknown: no project\naws-cdk-lib  unknown: no project\n") ||
		!strings.HasPrefix(stderr, "No project found: no cdk.json in or above the working folder ") ||
		!strings.HasSuffix(stderr, ".\n  next: retrycatch --version --project DIR\n") {
		t.Errorf("outside a project, got exit code %d, output and standard error\n%s%s", code, out, stderr)
	}
	code, out, stderr = runVersion(t, "--project", folder)
	if code != exitDone || strings.Contains(out, "no project") || stderr != "" {
		t.Errorf("with --project, got exit code %d, output and standard error\n%s%s", code, out, stderr)
	}
}

// runVersion runs "retrycatch --version" with these flags.
func runVersion(t *testing.T, flags ...string) (code int, out, stderr string) {
	c, output, messages := consoleOf("")
	a := &app{
		console:    c,
		args:       append([]string{"--version"}, flags...),
		executable: func() (string, error) { return "/nowhere/retrycatch", nil },
	}
	code = a.execute(t.Context(), view.Streams{In: c.In, Out: output, Err: messages})
	return code, output.String(), messages.String()
}
