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

// Programs holds the programs whose commands the pages may show.
type Programs struct {
	Project    string
	Retrycatch func() *cobra.Command
	Targets    []string // of the Makefile
	CDK        CDK
}

// shells lists the languages of blocks with command lines.
var shells = []string{"sh", "bash", "shell", "console"}

// placeholder matches a placeholder, such as COMMAND or {…}.
var placeholder = regexp.MustCompile(`^[A-Z][A-Z=]*$|…|^\[.*\]$|^<.*>$`)

// assignment matches the start of an assignment to a variable of the environment or of make.
var assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z_0-9]*=`)

// WrongCommands describes the commands of a page that do not exist.
func (p Programs) WrongCommands(page Page) (faults []string) {
	check := func(script string) {
		for _, words := range commandLines(script) {
			if fault := p.fault(withoutRedirection(words)); fault != "" {
				faults = append(faults, fmt.Sprintf("%s: %q: %s", page.File, strings.Join(words, " "), fault))
			}
		}
	}
	for _, block := range page.Blocks {
		if slices.Contains(shells, block.Language) {
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
		check(p.completed(span))
	}
	return faults
}

// completed returns a span that is a command line, or an empty text for another span. It adds the
// program's name to a command of retrycatch without it.
func (p Programs) completed(span string) string {
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

// fault describes the fault of a command line, or returns an empty text.
func (p Programs) fault(words []string) string {
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
		return p.fault(arguments)
	case program == "cdk":
		return p.CDK.fault(arguments)
	case slices.Contains([]string{"sh", "bash", "zsh"}, program) && len(arguments) > 1 && arguments[0] == "-c":
		for _, inner := range commandLines(arguments[1]) {
			if fault := p.fault(inner); fault != "" {
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

// retrycatchFault describes an unknown command or flag, or an invalid value. It does not check
// values if one is a placeholder.
func (p Programs) retrycatchFault(arguments []string) string {
	var after []string // a command for retrycatch local
	if at := slices.Index(arguments, "--"); at >= 0 {
		arguments, after = arguments[:at], arguments[at+1:]
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
		if strings.HasPrefix(name, "-") && name != "-" && flagOf(cmd, name) == nil {
			return cmd.CommandPath() + " has no flag " + name
		}
	}
	if !slices.ContainsFunc(arguments, placeholder.MatchString) && !endsInFlag(cmd, arguments) {
		if err := cmd.ParseFlags(arguments); err != nil {
			return err.Error()
		}
	}
	return p.fault(after)
}

// flagOf returns the flag with a name, or nil. The name includes its hyphens.
func flagOf(cmd *cobra.Command, name string) *pflag.Flag {
	if long, ok := strings.CutPrefix(name, "--"); ok {
		return cmd.Flags().Lookup(long)
	}
	return cmd.Flags().ShorthandLookup(name[1:2])
}

// endsInFlag reports whether a text names a flag without its value, as in "run --count".
func endsInFlag(cmd *cobra.Command, arguments []string) bool {
	if len(arguments) == 0 {
		return false
	}
	last := arguments[len(arguments)-1]
	if !strings.HasPrefix(last, "-") || last == "-" || strings.Contains(last, "=") {
		return false
	}
	return flagOf(cmd, last).NoOptDefVal == ""
}

// makeFault describes an unknown target, or the fault of the retrycatch command with the flags in
// ARGS.
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
