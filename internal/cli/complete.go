package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"retrycatch/internal/asl"
	"retrycatch/internal/deployment"
	"retrycatch/internal/problem"
	"retrycatch/internal/scenario"
	"retrycatch/internal/session"
	"retrycatch/internal/view"
	"retrycatch/internal/workflow"
	"retrycatch/statemachine"
)

const (
	// completionLimit limits how long a completion waits for the names of executions and stages.
	completionLimit = 3 * time.Second
	// maxOffered limits how many executions a completion offers.
	maxOffered = 50
)

// completion returns the command that prints a shell's completion script.
func (a *app) completion() *cobra.Command {
	scripts := map[string]func(root *cobra.Command, w io.Writer) error{
		"bash":       func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) },
		"zsh":        writeZshCompletion,
		"fish":       func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) },
		"powershell": func(root *cobra.Command, w io.Writer) error { return root.GenPowerShellCompletionWithDesc(w) },
	}
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a completion script for your shell",
		Long: "Print a script that completes commands, flags and values. SHELL is " + alternatives(shells) + ".\n\n" +
			"The script calls AWS to complete the names of executions and stages.",
		Example: example("Add to ~/.bashrc, with the package bash-completion installed",
			"source <(retrycatch completion bash)",
			"Add to ~/.zshrc, after compinit", "source <(retrycatch completion zsh)",
			"Add to ~/.config/fish/config.fish", "retrycatch completion fish | source",
			"Add to your PowerShell profile", "retrycatch completion powershell | Out-String | Invoke-Expression"),
		GroupID:           groupOther,
		Args:              atMost(1, "SHELL"),
		ValidArgsFunction: firstArgumentOnly(cobra.FixedCompletions(shells, cobra.ShellCompDirectiveNoFileComp)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &problem.Problem{What: "the argument SHELL is missing: use " + alternatives(shells),
					Next: cmd.CommandPath() + " bash"}
			}
			script, known := scripts[args[0]]
			if !known {
				what := fmt.Sprintf("no completion script for the shell %q, only for %s",
					args[0], strings.Join(shells, ", "))
				return a.wrongWordError(what, args[0], shells, cmd.CommandPath()+" --help")
			}
			var text bytes.Buffer
			if err := script(cmd.Root(), &text); err != nil {
				return err
			}
			a.console.Text(text.String())
			return nil
		},
	}
}

// writeZshCompletion writes the script for zsh and corrects cobra's pattern for --FLAG=VALUE. With
// cobra's pattern, zsh completes "--context=protect=" to "--context=protect=protect=". See
// https://github.com/spf13/cobra/issues/2309.
func writeZshCompletion(root *cobra.Command, w io.Writer) error {
	var script strings.Builder
	if err := root.GenZshCompletion(&script); err != nil {
		return err
	}
	_, err := strings.NewReplacer("=~ '-.*='", "=~ '^-[^=]*='").WriteString(w, script.String())
	return err
}

// completeFlag registers the completion of a flag's values. It panics if the command lacks the
// flag.
func completeFlag(cmd *cobra.Command, flag string, values cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, values); err != nil {
		panic(err)
	}
}

// firstArgumentOnly makes a completion offer nothing after the first argument.
func firstArgumentOnly(values cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return values(cmd, args, prefix)
	}
}

// completeFiles makes the shell complete file names.
func completeFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

// completeFolders makes the shell complete folder names.
func completeFolders(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

func completeProfiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return session.Profiles(), cobra.ShellCompDirectiveNoFileComp
}

// completeRegions offers only the configured regions, because the SDK has no list of all regions.
func (a *app) completeRegions(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	d, _, _ := a.options(nil) // after an error, offer only the environment's regions
	regions := append(slices.Clone(d.Regions), os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"))
	slices.Sort(regions)
	return slices.DeleteFunc(slices.Compact(regions), func(region string) bool { return region == "" }),
		cobra.ShellCompDirectiveNoFileComp
}

// completeScenarios offers each scenario with the status in which its executions end.
func completeScenarios(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var offered []string
	for _, s := range scenario.All() {
		offered = append(offered, cobra.CompletionWithDesc(s.Name, "ends as "+string(s.Status)))
	}
	offered = append(offered, cobra.CompletionWithDesc(all, "every scenario"))
	return offered, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completeMix offers the scenarios for the first share of a mix. It offers none for later shares,
// because bash escapes the comma before them, and no scenario matches the escaped word.
func completeMix(_ *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	const directive = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	if strings.Contains(prefix, "=") {
		return nil, directive
	}
	var offered []string
	for _, s := range scenario.All() {
		offered = append(offered, s.Name+"=")
	}
	return offered, directive
}

// completeOptions offers the names of the deployment options. After NAME=, it offers the option's
// values, if their list is fixed.
func completeOptions(_ *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	name, _, assigned := strings.Cut(prefix, "=")
	var offered []string
	if !assigned {
		for _, option := range deployment.OptionNames() {
			offered = append(offered, option+"=")
		}
		return offered, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	for _, value := range deployment.OptionValues(name) {
		offered = append(offered, name+"="+value)
	}
	return offered, cobra.ShellCompDirectiveNoFileComp
}

// completeStates offers the states of the project's definition.
func completeStates(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	definition, err := asl.Parse([]byte(statemachine.Definition))
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var states []string
	for _, state := range definition.States {
		states = append(states, state.Name)
	}
	return states, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completeExecution offers executions for the first argument, unless --file is set.
func (a *app) completeExecution(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 || cmd.Flags().Changed("file") {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.completeExecutions(cmd, nil, "")
}

// completeExecutions offers the executions that are not yet among the arguments. Unless the command
// line contains "--", it omits names that begin with a hyphen, because cobra would parse them as
// flags.
func (a *app) completeExecutions(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	return a.offerExecutions(cmd.Context(), func(name string) bool {
		return !slices.Contains(args, name) && (!strings.HasPrefix(name, "-") || slices.Contains(a.args, "--"))
	})
}

// completeExecutionFlag offers executions as the value of a flag.
func (a *app) completeExecutionFlag(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	return a.offerExecutions(cmd.Context(), func(string) bool { return true })
}

// offerExecutions offers "latest" and the names of the newest executions, except those that accept
// rejects. A shell cannot show an error, so after an error it offers no executions except "latest".
func (a *app) offerExecutions(ctx context.Context, accept func(name string) bool) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(ctx, completionLimit)
	defer cancel()
	silent := *a
	silent.console = view.NewConsole(view.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard})
	offered := []string{cobra.CompletionWithDesc(latest, "the newest execution")}
	if t, stateMachine, err := silent.openStateMachine(ctx); err == nil {
		listed, _ := workflow.List(ctx, t.Config, stateMachine, "", maxOffered)
		for _, e := range listed {
			description := string(e.Status) + ", started " + aws.ToTime(e.StartDate).Local().Format(time.DateTime)
			offered = append(offered, cobra.CompletionWithDesc(aws.ToString(e.Name), description))
		}
	}
	offered = slices.DeleteFunc(offered, func(offer string) bool {
		name, _, _ := strings.Cut(offer, "\t")
		return !accept(name)
	})
	return offered, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completeStages offers the configured stage and the stages that are deployed in the region.
func (a *app) completeStages(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(cmd.Context(), completionLimit)
	defer cancel()
	silent := *a
	silent.stagePairs = nil // ignore --stage: the user is still typing it
	silent.console = view.NewConsole(view.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard})
	t, err := silent.openOne(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return t.stages(ctx), cobra.ShellCompDirectiveNoFileComp
}
