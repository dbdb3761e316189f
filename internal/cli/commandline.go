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

// commandLine returns this command line with extra words appended, ready to paste into a shell. It
// adds the flags that select the deployment, because another shell might have other settings.
func (a *app) commandLine(more ...string) string { return a.formatLine(a.args, more...) }

// withFlag returns this command line with a flag set to a value.
func (a *app) withFlag(flag, value string) string {
	return a.formatLine(a.argsWithout(flag), "--"+flag, value)
}

// withoutFlags returns this command line without these flags and their values.
func (a *app) withoutFlags(flags ...string) string { return a.formatLine(a.argsWithout(flags...)) }

// withCorrection returns this command line with one wrong word replaced: an argument, a flag, a
// flag's value, or a part of a value NAME=VALUE. found reports whether the line has the word.
func (a *app) withCorrection(wrong, right string) (line string, found bool) {
	if strings.HasPrefix(right, "-") && !strings.HasPrefix(wrong, "-") {
		if flags, arguments := a.splitArgs(); slices.Contains(arguments, wrong) {
			arguments[slices.Index(arguments, wrong)] = right
			return a.formatLine(slices.Concat(a.args[:1], flags, []string{"--"}, arguments)), true
		}
	}
	args := slices.Clone(a.args)
	for i, arg := range args {
		if arg == wrong {
			args[i] = right
			return a.formatLine(args), true
		}
		parts := strings.Split(arg, "=")
		if at := slices.Index(parts, wrong); at >= 0 {
			parts[at] = right
			args[i] = strings.Join(parts, "=")
			return a.formatLine(args), true
		}
	}
	return a.formatLine(args), false
}

// withArgument returns this command line with one more argument. The argument may begin with a
// hyphen.
func (a *app) withArgument(argument string) string {
	args := slices.Clone(a.args)
	if strings.HasPrefix(argument, "-") && !slices.Contains(args, "--") {
		args = append(args, "--")
	}
	return a.formatLine(append(args, argument))
}

// withArgumentAsFlag returns this command line with its only argument as the value of a flag.
func (a *app) withArgumentAsFlag(flag string) string {
	flags, arguments := a.splitArgs()
	return a.formatLine(slices.Concat(a.args[:1], flags, []string{"--" + flag}, arguments))
}

// splitArgs separates the flags, with their values, from the arguments of the command.
func (a *app) splitArgs() (flags, arguments []string) {
	for i := 1; i < len(a.args); i++ {
		if a.args[i] == "--" {
			return flags, append(arguments, a.args[i+1:]...)
		}
		if !strings.HasPrefix(a.args[i], "-") {
			arguments = append(arguments, a.args[i])
			continue
		}
		_, words := a.lookupFlag(a.args[i])
		end := min(i+words, len(a.args))
		flags = append(flags, a.args[i:end]...)
		i = end - 1
	}
	return flags, arguments
}

// formatLine formats a command line for a shell. It adds the words in the parameter "more" and the
// flags that select the deployment. If the command line contains "--", it adds them before the
// "--", because this command does not parse flags after it.
func (a *app) formatLine(args []string, more ...string) string {
	end := slices.Index(args, "--")
	if end < 0 {
		end = len(args)
	}
	words := []string{"retrycatch"}
	own := slices.Concat(args[:end], more)
	for _, word := range slices.Concat(own, a.deploymentFlags(own), args[end:]) {
		words = append(words, safetext.Word(word))
	}
	return strings.Join(words, " ")
}

// deploymentFlags returns the flags that select the opened deployment, except those already on
// the command line.
func (a *app) deploymentFlags(args []string) (flags []string) {
	if a.opened == nil {
		return nil
	}
	for _, flag := range a.opened.selection() {
		name := "--" + flag[0]
		isNamed := func(arg string) bool {
			return arg == name || strings.HasPrefix(arg, name+"=") ||
				flag[0] == deployment.OptionStage && strings.HasSuffix(arg, flag[0]+"="+flag[1])
		}
		if flag[1] != "" && a.acceptsFlag(flag[0]) && !slices.ContainsFunc(args, isNamed) {
			flags = append(flags, name, flag[1])
		}
	}
	return flags
}

// configuredFlags returns the flags that select the configured stage and region, except those on
// the command line. Use it before the command has opened a deployment.
func (a *app) configuredFlags() (flags []string) {
	d, _, err := a.options(nil)
	settings, settingsErr := a.settings()
	if err != nil || settingsErr != nil {
		return nil
	}
	if a.stagePairs == nil && d.Stage != "" {
		flags = append(flags, "--"+deployment.OptionStage, d.Stage)
	}
	region := cmp.Or(settings.Region.Value, cdk.FromEnvironment("AWS_REGION", "AWS_DEFAULT_REGION").Value)
	if a.region == "" && len(d.Regions) == 0 && region != "" {
		flags = append(flags, "--region", region)
	}
	return flags
}

// acceptsFlag reports whether the command has a flag of this name that selects the deployment.
func (a *app) acceptsFlag(name string) bool {
	if a.flags == nil {
		return true
	}
	flag := a.flags.Lookup(name)
	return flag != nil && flag.Annotations[selectsDeployment] != nil
}

// argsWithout returns the words of the command line without these flags and their values.
func (a *app) argsWithout(names ...string) (kept []string) {
	for i := 0; i < len(a.args); i++ {
		if a.args[i] == "--" {
			return append(kept, a.args[i:]...)
		}
		flag, words := a.lookupFlag(a.args[i])
		end := min(i+words, len(a.args))
		if flag == nil || !slices.Contains(names, flag.Name) {
			kept = append(kept, a.args[i:end]...)
		}
		i = end - 1
	}
	return kept
}

// lookupFlag returns the flag that a word sets, or nil. words is 2 if the next word is the flag's
// value, else 1.
func (a *app) lookupFlag(arg string) (flag *pflag.Flag, words int) {
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
