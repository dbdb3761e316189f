package cli

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"retrycatch/internal/cdk"
	"retrycatch/internal/deployment"
	"retrycatch/internal/safetext"
)

// commandLine returns this command line with more words, ready to paste into a shell. It names the
// command's deployment, which may come from the environment.
func (a *app) commandLine(more ...string) string { return a.line(a.args, more...) }

// withFlag returns this command line with the flag set to the value.
func (a *app) withFlag(flag, value string) string { return a.line(a.omit(flag), "--"+flag, value) }

// withoutFlags returns this command line without some of its flags.
func (a *app) withoutFlags(flags ...string) string { return a.line(a.omit(flags...)) }

// withCorrection returns this command line with one word replaced: an argument, a flag, the value of a
// flag, or a part of a value NAME=VALUE. It reports whether the command line has the word.
func (a *app) withCorrection(wrong, right string) (line string, found bool) {
	if strings.HasPrefix(right, "-") && !strings.HasPrefix(wrong, "-") {
		if flags, arguments := a.split(); slices.Contains(arguments, wrong) {
			arguments[slices.Index(arguments, wrong)] = right
			return a.line(slices.Concat(a.args[:1], flags, []string{"--"}, arguments)), true
		}
	}
	args := slices.Clone(a.args)
	for i, arg := range args {
		if arg == wrong {
			args[i] = right
			return a.line(args), true
		}
		parts := strings.Split(arg, "=")
		if at := slices.Index(parts, wrong); at >= 0 {
			parts[at] = right
			args[i] = strings.Join(parts, "=")
			return a.line(args), true
		}
	}
	return a.line(args), false
}

// withArgument returns this command line with one more argument, which may begin with a hyphen.
func (a *app) withArgument(argument string) string {
	args := slices.Clone(a.args)
	if strings.HasPrefix(argument, "-") && !slices.Contains(args, "--") {
		args = append(args, "--")
	}
	return a.line(append(args, argument))
}

// split returns the flags with their values, and the arguments of the command.
func (a *app) split() (flags, arguments []string) {
	for i := 1; i < len(a.args); i++ {
		if a.args[i] == "--" {
			return flags, append(arguments, a.args[i+1:]...)
		}
		if !strings.HasPrefix(a.args[i], "-") {
			arguments = append(arguments, a.args[i])
			continue
		}
		_, words := a.flagOf(a.args[i])
		end := min(i+words, len(a.args))
		flags = append(flags, a.args[i:end]...)
		i = end - 1
	}
	return flags, arguments
}

// line formats a command line for a shell. It adds more words and the flags that name the
// deployment before "--". The words after "--" belong to another command.
func (a *app) line(args []string, more ...string) string {
	end := slices.Index(args, "--")
	if end < 0 {
		end = len(args)
	}
	words := []string{"retrycatch"}
	own := slices.Concat(args[:end], more)
	for _, word := range slices.Concat(own, a.selection(own), args[end:]) {
		words = append(words, safetext.Word(word))
	}
	return strings.Join(words, " ")
}

// selection returns the flags that a command line needs to name the opened deployment.
func (a *app) selection(args []string) (flags []string) {
	if a.opened == nil {
		return nil
	}
	for _, flag := range a.opened.selection() {
		name := "--" + flag[0]
		named := func(arg string) bool {
			return arg == name || strings.HasPrefix(arg, name+"=") ||
				flag[0] == deployment.OptionStage && strings.HasSuffix(arg, flag[0]+"="+flag[1])
		}
		if flag[1] != "" && a.selects(flag[0]) && !slices.ContainsFunc(args, named) {
			flags = append(flags, name, flag[1])
		}
	}
	return flags
}

// configured returns the flags that the command line needs to name the stage and the region of the
// settings. It serves commands that have not opened their deployment.
func (a *app) configured() (flags []string) {
	d, _, err := a.options(nil)
	settings, settingsErr := a.settings()
	if err != nil || settingsErr != nil {
		return nil
	}
	if a.stage == nil && d.Stage != "" {
		flags = append(flags, "--"+deployment.OptionStage, d.Stage)
	}
	region := cmp.Or(settings.Region.Value, cdk.Environment("AWS_REGION", "AWS_DEFAULT_REGION").Value)
	if a.region == "" && len(d.Regions) == 0 && region != "" {
		flags = append(flags, "--region", region)
	}
	return flags
}

// selects reports whether the command has a flag that selects its deployment.
func (a *app) selects(name string) bool {
	if a.flags == nil {
		return true
	}
	flag := a.flags.Lookup(name)
	return flag != nil && flag.Annotations[selectsDeployment] != nil
}

// omit returns the arguments without these flags and their values.
func (a *app) omit(names ...string) (kept []string) {
	for i := 0; i < len(a.args); i++ {
		if a.args[i] == "--" {
			return append(kept, a.args[i:]...)
		}
		flag, words := a.flagOf(a.args[i])
		end := min(i+words, len(a.args))
		if flag == nil || !slices.Contains(names, flag.Name) {
			kept = append(kept, a.args[i:end]...)
		}
		i = end - 1
	}
	return kept
}

// flagOf returns the flag that an argument sets, or nil, and the number of its arguments.
func (a *app) flagOf(arg string) (flag *pflag.Flag, words int) {
	assigned := false
	switch name, long := strings.CutPrefix(arg, "--"); {
	case a.flags == nil:
	case long:
		name, _, assigned = strings.Cut(name, "=")
		flag = a.flags.Lookup(name)
	case len(arg) > 1 && arg[0] == '-':
		assigned = len(arg) > 2
		flag = a.flags.ShorthandLookup(arg[1:2])
	}
	if flag == nil || assigned || flag.NoOptDefVal != "" {
		return flag, 1
	}
	return flag, 2
}
