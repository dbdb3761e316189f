package cli

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// IDs of the command groups in the help.
const (
	groupTry    = "try"
	groupDeploy = "deploy"
	groupRun    = "run"
	groupOther  = "other"
)

// groups holds the command groups in the order in which the help shows them.
var groups = []*cobra.Group{
	{ID: groupTry, Title: "Try it without an account"},
	{ID: groupDeploy, Title: "Deploy and remove"},
	{ID: groupRun, Title: "Run and inspect"},
	{ID: groupOther, Title: "Other commands"},
}

// The help lists the commands in the order in which users need them.
func init() { cobra.EnableCommandSorting = false }

// maxHelpWidth limits the columns of a help text, because wider lines are hard to read.
const maxHelpWidth = 100

// helpCommand returns the command that shows the help of another command.
func (a *app) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Show help for a command",
		Example: example("Show the flags and examples of run", "retrycatch help run"),
		GroupID: groupOther,
		Args:    atMost(1, "COMMAND"),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return commandCompletions(cmd.Root()), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, named := range cmd.Root().Commands() {
				if len(args) > 0 && named.Name() == args[0] {
					return named.Help()
				}
			}
			if len(args) > 0 {
				return a.unknownCommandError(cmd.Root(), args[0])
			}
			return cmd.Root().Help()
		},
	}
}

// commandCompletions lists the commands and their descriptions for a shell's completion.
func commandCompletions(root *cobra.Command) (commands []string) {
	for _, cmd := range root.Commands() {
		if !cmd.Hidden {
			commands = append(commands, cobra.CompletionWithDesc(cmd.Name(), cmd.Short))
		}
	}
	return commands
}

// example joins the examples of a command. Each example is a comment followed by a command line.
func example(commentsAndLines ...string) string {
	var text strings.Builder
	for i := 0; i < len(commentsAndLines); i += 2 {
		text.WriteString("# " + commentsAndLines[i] + "\n" + commentsAndLines[i+1] + "\n")
	}
	return text.String()
}

// helpPage builds a help text of limited width.
type helpPage struct {
	strings.Builder
	width int
}

// helpText returns the help of a command, at most width columns wide. It breaks lines only at
// spaces.
func helpText(cmd *cobra.Command, width int) string {
	cmd.InitDefaultHelpFlag() // also adds the root command's persistent flags
	p := &helpPage{width: min(width, maxHelpWidth)}
	long := cmd.Long
	if long == "" {
		long = cmd.Short + "."
	}
	for line := range strings.Lines(long) {
		p.WriteString(fold(strings.TrimSpace(line), "", "", p.width) + "\n")
	}
	p.writeTitle("Usage")
	p.WriteString(fold(cmd.UseLine(), "  ", "      ", p.width) + "\n")
	if cmd.HasSubCommands() {
		p.writeCommands(cmd)
	}
	p.writeFlags(cmd)
	if cmd.Example != "" {
		p.writeTitle("Examples")
		p.writeExamples(cmd.Example)
	}
	if cmd.HasSubCommands() {
		p.writeTitle("Exit codes")
		for code, meaning := range ExitCodes {
			p.WriteString(fold(meaning, fmt.Sprintf("  %d  ", code), "     ", p.width) + "\n")
		}
		const more = "Use retrycatch COMMAND --help for the flags and examples of a command."
		p.WriteString("\n" + fold(more, "", "", p.width) + "\n")
	}
	return p.String()
}

func (p *helpPage) writeTitle(title string) { p.WriteString("\n" + title + "\n") }

// writeCommands lists the commands by group.
func (p *helpPage) writeCommands(root *cobra.Command) {
	longest := 0
	for _, cmd := range root.Commands() {
		longest = max(longest, len(cmd.Name()))
	}
	indent := strings.Repeat(" ", longest+4)
	for _, group := range root.Groups() {
		p.writeTitle(group.Title)
		for _, cmd := range root.Commands() {
			if cmd.GroupID == group.ID {
				name := "  " + cmd.Name() + strings.Repeat(" ", longest+2-len(cmd.Name()))
				p.WriteString(fold(cmd.Short, name, indent, p.width) + "\n")
			}
		}
	}
}

// writeFlags lists the flags. The flags that select the deployment come last, because most commands
// have them.
func (p *helpPage) writeFlags(cmd *cobra.Command) {
	ownFlags := pflag.NewFlagSet("", pflag.ContinueOnError)
	selectionFlags := pflag.NewFlagSet("", pflag.ContinueOnError)
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		if SelectsDeployment(flag) {
			selectionFlags.AddFlag(flag)
			return
		}
		ownFlags.AddFlag(flag)
	})
	p.writeFlagSet("Flags", ownFlags)
	if selectionFlags.HasFlags() {
		p.writeFlagSet("Flags that select the deployment", selectionFlags)
	}
}

// writeFlagSet lists flags. It wraps the lines itself, because pflag's lines can exceed the width.
func (p *helpPage) writeFlagSet(title string, set *pflag.FlagSet) {
	p.writeTitle(title)
	const gap, minUsageWidth, usageIndent = "   ", 30, "          "
	for line := range strings.Lines(set.FlagUsages()) {
		start := strings.IndexFunc(line, func(r rune) bool { return r != ' ' })
		column := start + strings.Index(line[start:], gap)
		for line[column] == ' ' {
			column++
		}
		name, usage := line[:column], strings.TrimSpace(line[column:])
		if p.width-column < minUsageWidth { // put the description below the name
			p.WriteString(strings.TrimRight(name, " ") + "\n")
			name, column = usageIndent, len(usageIndent)
		}
		p.WriteString(fold(usage, name, strings.Repeat(" ", column), p.width) + "\n")
	}
}

// writeExamples writes each comment and its command line. If it breaks a command line, it puts a
// backslash at each break, so that the command can still be pasted.
func (p *helpPage) writeExamples(text string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if comment, ok := strings.CutPrefix(line, "# "); ok {
			p.WriteString(fold(comment, "  # ", "  # ", p.width) + "\n")
			continue
		}
		folded := fold(line, "  ", "      ", p.width-len(` \`))
		p.WriteString(strings.ReplaceAll(folded, "\n", " \\\n") + "\n")
	}
}

// fold breaks a text at spaces into lines of at most width columns. A longer word gets a line of
// its own. The first line begins with the parameter "first", and the others with the parameter
// "indent". Quoted words stay together.
func fold(text, first, indent string, width int) string {
	var folded strings.Builder
	line, empty := first, true
	for _, word := range splitWords(text) {
		switch {
		case empty:
			line += word
		case ansi.StringWidth(line)+1+ansi.StringWidth(word) <= width:
			line += " " + word
		default:
			folded.WriteString(line + "\n")
			line = indent + word
		}
		empty = false
	}
	folded.WriteString(line)
	return folded.String()
}

// splitWords splits a text at spaces outside double quotes.
func splitWords(text string) []string {
	quoted := false
	return strings.FieldsFunc(text, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
}
