package pages

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// CDK lists the commands and options of the CDK CLI.
type CDK struct {
	GlobalOptions map[string]option
	Commands      map[string]struct {
		Aliases []string
		Options map[string]option
	}
}

// option describes an option of the CDK CLI.
type option struct{ Alias any } // short names: a string, a list of strings, or nil

// ReadCDK reads the commands and options of the installed CDK CLI.
func ReadCDK(project string) (CDK, error) {
	var c CDK
	file := filepath.Join(project, "node_modules", "aws-cdk", "lib", "cli", "cli-type-registry.json")
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	return c, err
}

// commandFault describes an unknown command or option. It returns an empty string for a valid
// command.
func (c CDK) commandFault(arguments []string) string {
	program, known := "cdk", []map[string]option{c.GlobalOptions, {"help": {"h"}, "version": {}}}
	if len(arguments) > 0 && !strings.HasPrefix(arguments[0], "-") {
		command := arguments[0]
		if placeholder.MatchString(command) {
			return ""
		}
		found, ok := c.Commands[command]
		for _, other := range c.Commands {
			if slices.Contains(other.Aliases, command) {
				found, ok = other, true
			}
		}
		if !ok {
			return "the CDK CLI has no command " + command
		}
		program, known = program+" "+command, append(known, found.Options)
	}
	for _, argument := range arguments {
		name, _, _ := strings.Cut(argument, "=")
		hasName := func(options map[string]option) bool { return hasOption(options, name) }
		if strings.HasPrefix(name, "-") && !slices.ContainsFunc(known, hasName) {
			return program + " has no option " + name
		}
	}
	return ""
}

// hasOption reports whether an option has this name. The name begins with one or two hyphens.
func hasOption(options map[string]option, name string) bool {
	if long, ok := strings.CutPrefix(name, "--"); ok {
		_, found := options[strings.TrimPrefix(long, "no-")]
		return found
	}
	for _, o := range options {
		aliases, isList := o.Alias.([]any)
		if !isList {
			aliases = []any{o.Alias}
		}
		if slices.Contains(aliases, any(name[1:])) {
			return true
		}
	}
	return false
}
