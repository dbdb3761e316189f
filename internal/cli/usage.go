package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"retrycatch/internal/problem"
)

// unknownCommandError returns a problem for an unknown command.
func (a *app) unknownCommandError(root *cobra.Command, name string) error {
	var names []string
	for _, cmd := range root.Commands() {
		if !cmd.Hidden {
			names = append(names, cmd.Name())
		}
	}
	return a.wrongChoiceError(fmt.Sprintf("there is no command %q", name), name, names, root.CommandPath()+" --help")
}

// wrongWordError returns a problem for a wrong word on the command line. If a valid word is
// similar, the next step is the command line with that word. Otherwise, the next step is
// defaultNext.
func (a *app) wrongWordError(what, wrong string, valid []string, defaultNext string) error {
	p := &problem.Problem{What: what, Next: defaultNext}
	if similar := similarNames(wrong, valid); len(similar) > 0 {
		p.What += "; did you mean " + alternatives(similar) + "?"
		if corrected, found := a.withCorrection(wrong, similar[0]); found {
			p.Next = corrected
		}
	}
	return p
}

// wrongChoiceError returns a problem like wrongWordError, but lists the valid words if none is
// similar.
func (a *app) wrongChoiceError(what, wrong string, valid []string, defaultNext string) error {
	if len(valid) > 0 && len(similarNames(wrong, valid)) == 0 {
		what += "; choose " + alternatives(valid)
	}
	return a.wrongWordError(what, wrong, valid, defaultNext)
}

// alternatives joins the words with commas, but the last two with "or".
func alternatives(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// notBlank returns a check that rejects blank arguments. placeholder is the word that stands for an
// argument in the usage text.
func notBlank(placeholder string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if !slices.ContainsFunc(args, func(arg string) bool { return strings.TrimSpace(arg) == "" }) {
			return nil
		}
		return &problem.Problem{What: "the argument " + placeholder + " must not be empty",
			Next: cmd.CommandPath() + " --help"}
	}
}

// atMost returns a check that rejects more arguments than the given maximum, and blank arguments.
func atMost(most int, placeholder string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= most {
			return notBlank(placeholder)(cmd, args)
		}
		allowed := "no arguments"
		if most > 0 {
			allowed = "one " + placeholder
		}
		var quoted []string
		for _, arg := range args {
			quoted = append(quoted, strconv.Quote(arg))
		}
		return &problem.Problem{Next: cmd.CommandPath() + " --help",
			What: fmt.Sprintf("%s takes %s, but got %s", cmd.CommandPath(), allowed, strings.Join(quoted, " "))}
	}
}

// noArguments accepts no arguments.
func noArguments(cmd *cobra.Command, args []string) error { return atMost(0, "")(cmd, args) }

// isFile reports whether an argument names an existing file.
func isFile(argument string) bool {
	info, err := os.Stat(argument)
	return err == nil && info.Mode().IsRegular()
}

// flagError returns a problem for flags that pflag cannot parse.
func (a *app) flagError(cmd *cobra.Command, err error) error {
	help := cmd.CommandPath() + " --help"
	// pflag reports the flags of an unknown command as flags of the root command.
	if !cmd.HasParent() && len(a.args) > 0 && !strings.HasPrefix(a.args[0], "-") {
		return a.unknownCommandError(cmd, a.args[0])
	}
	unknown, invalid := (*pflag.NotExistError)(nil), (*pflag.InvalidValueError)(nil)
	missing, malformed := (*pflag.ValueRequiredError)(nil), (*pflag.InvalidSyntaxError)(nil)
	switch {
	case errors.As(err, &unknown):
		return a.unknownFlagError(cmd, unknown)
	case errors.As(err, &invalid):
		return a.invalidValueError(cmd, invalid)
	case errors.As(err, &missing):
		placeholder, _ := pflag.UnquoteUsage(missing.GetFlag())
		name := "--" + missing.GetFlag().Name
		return &problem.Problem{What: name + " needs a value: " + name + " " + placeholder, Next: help}
	case errors.As(err, &malformed):
		return &problem.Problem{What: malformed.GetSpecifiedFlag() + " is not a flag", Next: help}
	}
	return &problem.Problem{What: "cannot parse the flags", Err: err, Next: help}
}

// unknownFlagError returns a problem for an unknown flag. pflag reads a long flag with one hyphen
// as a group of one-letter flags.
func (a *app) unknownFlagError(cmd *cobra.Command, err *pflag.NotExistError) error {
	wrong := "--" + err.GetSpecifiedName()
	if letters := err.GetSpecifiedShortnames(); letters != "" {
		wrong = "-" + letters
		for _, arg := range a.args { // pflag omits the letters before the first unknown one
			if strings.HasPrefix(arg, "-") && !strings.HasPrefix(arg, "--") && strings.HasSuffix(arg, letters) {
				wrong = arg
			}
		}
	}
	wrong, _, _ = strings.Cut(wrong, "=")
	var names []string
	cmd.Flags().VisitAll(func(flag *pflag.Flag) { names = append(names, "--"+flag.Name) })
	return a.wrongWordError(cmd.CommandPath()+" has no flag "+wrong, wrong, names, cmd.CommandPath()+" --help")
}

// chooser is a flag value with a fixed set of choices.
type chooser interface{ choices() []string }

// invalidValueError returns a problem for an invalid flag value.
func (a *app) invalidValueError(cmd *cobra.Command, err *pflag.InvalidValueError) error {
	flag, given := err.GetFlag(), err.GetValue()
	rule := errors.Unwrap(err).Error()
	number := (*strconv.NumError)(nil)
	switch {
	case !errors.As(err, &number):
	case flag.Value.Type() == "bool":
		rule = "must be true or false"
	case errors.Is(number, strconv.ErrRange):
		return a.overflowError(cmd, flag, given)
	default:
		rule = "must be a whole number"
	}
	what := "--" + flag.Name + " " + rule
	if strings.TrimSpace(given) != "" {
		what += ", not " + strconv.Quote(given)
	}
	var choices []string
	if value, chooses := flag.Value.(chooser); chooses {
		choices = value.choices()
	}
	return a.wrongWordError(what, given, choices, cmd.CommandPath()+" --help")
}

// largestNumberKey is the key of the annotation that holds a flag's largest valid number.
const largestNumberKey = "retrycatch_largest_number"

// numberVar adds a flag for a number from 1 to largest. The command must check the range.
func numberVar(cmd *cobra.Command, number *int, name string, value, largest int, usage string) {
	*number = value
	cmd.Flags().Var((*numberFlag)(number), name, usage)
	_ = cmd.Flags().SetAnnotation(name, largestNumberKey, []string{strconv.Itoa(largest)}) // cannot fail: the flag exists
	completeFlag(cmd, name, cobra.NoFileCompletions)
}

// overflowError returns a problem for a number that does not fit in 64 bits.
func (a *app) overflowError(cmd *cobra.Command, flag *pflag.Flag, given string) error {
	a.flags = cmd.Flags()
	largest := strings.Join(flag.Annotations[largestNumberKey], "")
	if largest == "" {
		return &problem.Problem{What: "--" + flag.Name + " is out of range: " + given,
			Next: cmd.CommandPath() + " --help"}
	}
	nearest := largest
	if strings.HasPrefix(given, "-") {
		nearest = "1"
	}
	return &problem.Problem{What: fmt.Sprintf("--%s must be from 1 to %s, not %s", flag.Name, largest, given),
		Next: a.withFlag(flag.Name, nearest)}
}

// outOfRangeError returns a problem for a number that is less than 1 or greater than largest. The
// next step uses the nearest valid number.
func (a *app) outOfRangeError(flag string, given, largest int) error {
	return &problem.Problem{What: fmt.Sprintf("--%s must be from 1 to %d, not %d", flag, largest, given),
		Next: a.withFlag(flag, strconv.Itoa(max(1, min(given, largest))))}
}
