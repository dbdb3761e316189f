package pages

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// CDK knows the commands and options of the CDK CLI.
type CDK struct {
	GlobalOptions map[string]option
	Commands      map[string]struct {
		Aliases []string
		Options map[string]option
	}
}

// option is an option of the CDK CLI.
type option struct{ Alias any } // a string, a list of strings, or nil

// ReadCDK reads the list that the installed CDK CLI carries.
func ReadCDK(project string) (CDK, error) {
	var c CDK
	text, err := os.ReadFile(filepath.Join(project, "node_modules", "aws-cdk", "lib", "cli", "cli-type-registry.json"))
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	return c, err
}

// wrong checks the command, and that it has every option.
func (c CDK) wrong(arguments []string) string {
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
		named := func(some map[string]option) bool { return has(some, name) }
		if strings.HasPrefix(name, "-") && !slices.ContainsFunc(known, named) {
			return program + " has no option " + name
		}
	}
	return ""
}

// has reports whether an option has this name, with its hyphens.
func has(options map[string]option, name string) bool {
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
