package pages

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Programs describes the programs that the pages call.
type Programs struct {
	Project    string
	Retrycatch func() *cobra.Command
	Targets    []string // targets in the Makefile
	CDK        CDK
}

// shellLanguages lists the languages of code blocks that contain commands.
var shellLanguages = []string{"sh", "bash", "shell", "console"}

// placeholder matches a placeholder, such as COMMAND or {…}.
var placeholder = regexp.MustCompile(`^[A-Z][A-Z=]*$|…|^\[.*\]$|^<.*>$`)

// assignment matches the start of a variable assignment, such as NAME=.
var assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z_0-9]*=`)

// WrongCommands describes the invalid commands on a page.
func (p Programs) WrongCommands(page Page) (faults []string) {
	check := func(script string) {
		for _, words := range commandLines(script) {
			if fault := p.commandFault(withoutRedirection(words)); fault != "" {
				faults = append(faults, fmt.Sprintf("%s: %q: %s", page.File, strings.Join(words, " "), fault))
			}
		}
	}
	for _, block := range page.Blocks {
		if slices.Contains(shellLanguages, block.Language) {
			check(strings.ReplaceAll("\n"+block.Text, "\n$ ", "\n"))
			continue
		}
		for line := range strings.Lines(block.Text) {
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				check(command)
			}
		}
	}
	for _, span := range page.Spans {
		check(p.commandLine(span))
	}
	return faults
}

// commandLine returns the command in inline code, or an empty string if the code is not a command.
// If the code omits only the program's name, commandLine adds "retrycatch".
func (p Programs) commandLine(span string) string {
	words := strings.Fields(span)
	if len(words) < 2 {
		return ""
	}
	if slices.Contains([]string{"retrycatch", "bin/retrycatch", "make", "npx", "cdk"}, words[0]) {
		return span
	}
	found, _, err := p.Retrycatch().Find(words[:1])
	if err == nil && found.HasParent() && strings.HasPrefix(words[1], "-") {
		return "retrycatch " + span
	}
	return ""
}

// commandFault describes what is wrong with a command. It returns an empty string for a valid
// command.
func (p Programs) commandFault(words []string) string {
	for len(words) > 0 && assignment.MatchString(words[0]) {
		words = words[1:]
	}
	if len(words) == 0 {
		return ""
	}
	program, arguments := words[0], words[1:]
	switch {
	case program == "retrycatch" || strings.TrimPrefix(program, "./") == "bin/retrycatch":
		return p.retrycatchFault(arguments)
	case program == "make":
		return p.makeFault(arguments)
	case program == "npx" && len(arguments) > 0:
		return p.commandFault(arguments)
	case program == "cdk":
		return p.CDK.commandFault(arguments)
	case slices.Contains([]string{"sh", "bash", "zsh"}, program) && len(arguments) > 1 && arguments[0] == "-c":
		for _, inner := range commandLines(arguments[1]) {
			if fault := p.commandFault(inner); fault != "" {
				return fault
			}
		}
	case strings.Contains(program, "/") && !strings.HasPrefix(program, "/") && !strings.HasPrefix(program, "~"):
		if _, err := os.Stat(filepath.Join(p.Project, program)); err != nil && !strings.HasPrefix(program, ".venv/") {
			return "the project has no file " + program
		}
	}
	return ""
}

// retrycatchFault describes an unknown command or flag, or an invalid value. It ignores the values
// of a command that contains a placeholder.
func (p Programs) retrycatchFault(arguments []string) string {
	var inner []string // the command after the "--" of retrycatch local
	if at := slices.Index(arguments, "--"); at >= 0 {
		arguments, inner = arguments[:at], arguments[at+1:]
	}
	cmd := p.Retrycatch()
	cmd.InitDefaultHelpFlag()
	if len(arguments) > 0 && !strings.HasPrefix(arguments[0], "-") {
		if placeholder.MatchString(arguments[0]) {
			return ""
		}
		found, _, err := cmd.Find(arguments[:1])
		if err != nil || !found.HasParent() {
			return "retrycatch has no command " + arguments[0]
		}
		cmd, arguments = found, arguments[1:]
		cmd.InitDefaultHelpFlag()
	}
	for _, argument := range arguments {
		name, _, _ := strings.Cut(argument, "=")
		if strings.HasPrefix(name, "-") && name != "-" && findFlag(cmd, name) == nil {
			return cmd.CommandPath() + " has no flag " + name
		}
	}
	if !slices.ContainsFunc(arguments, placeholder.MatchString) && !endsInFlag(cmd, arguments) {
		if err := cmd.ParseFlags(arguments); err != nil {
			return err.Error()
		}
	}
	return p.commandFault(inner)
}

// findFlag returns the flag with this name, or nil. The name begins with one or two hyphens.
func findFlag(cmd *cobra.Command, name string) *pflag.Flag {
	if long, ok := strings.CutPrefix(name, "--"); ok {
		return cmd.Flags().Lookup(long)
	}
	return cmd.Flags().ShorthandLookup(name[1:2])
}

// endsInFlag reports whether the last argument is a flag without its value, as in "run --count".
func endsInFlag(cmd *cobra.Command, arguments []string) bool {
	if len(arguments) == 0 {
		return false
	}
	last := arguments[len(arguments)-1]
	if !strings.HasPrefix(last, "-") || last == "-" || strings.Contains(last, "=") {
		return false
	}
	return findFlag(cmd, last).NoOptDefVal == ""
}

// makeFault describes an unknown target. If ARGS is set, makeFault also checks the flags in ARGS.
func (p Programs) makeFault(arguments []string) string {
	target := ""
	for _, argument := range arguments {
		value, isArgs := strings.CutPrefix(argument, "ARGS=")
		switch {
		case isArgs && slices.Contains([]string{"deploy", "run", "destroy"}, target):
			return p.retrycatchFault(append([]string{target}, strings.Fields(value)...))
		case placeholder.MatchString(argument) || assignment.MatchString(argument) || strings.HasPrefix(argument, "-"):
		case !slices.Contains(p.Targets, argument):
			return "the Makefile has no target " + argument
		default:
			target = argument
		}
	}
	return ""
}
