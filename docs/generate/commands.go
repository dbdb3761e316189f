package main

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"retrycatch/internal/cli"
)

// commandsPage holds the data of commands.md.
type commandsPage struct {
	Groups          []group
	Root            command // the program itself, without a command
	DeploymentFlags []flag  // every command's flags for selecting the deployment
	ExitCodes       []string
}

// group holds the commands under one title of the help.
type group struct {
	Title    string
	Commands []command
}

// command holds the help of a command.
type command struct {
	Name            string // with the name of the program, such as "retrycatch run"
	Anchor          string
	Short           string
	Long            string
	Usage           string
	Flags           []flag   // without the flags that select the deployment
	DeploymentFlags []string // names of the flags that select the deployment
	Example         string
	Note            string // more details, from the file notes/COMMAND.md
}

// defaultInUsage matches a flag's description that ends with the default in words.
var defaultInUsage = regexp.MustCompile(`^(.*) \(default: (.*)\)$`)

// flag is a row in a table of flags.
type flag struct{ Name, Usage, Default string }

func newCommandsPage() (commandsPage, error) {
	notes, err := readNotes()
	if err != nil {
		return commandsPage{}, err
	}
	root := cli.Commands()
	c := commandsPage{Root: documentCommand(root), ExitCodes: cli.ExitCodes[:]}
	for _, g := range root.Groups() {
		shown := group{Title: g.Title}
		for _, cmd := range root.Commands() {
			if cmd.GroupID == g.ID {
				documented := documentCommand(cmd)
				documented.Note = notes[cmd.Name()]
				delete(notes, cmd.Name())
				shown.Commands = append(shown.Commands, documented)
				c.addDeploymentFlags(cmd)
			}
		}
		c.Groups = append(c.Groups, shown)
	}
	for _, name := range slices.Sorted(maps.Keys(notes)) {
		return c, fmt.Errorf("notes/%s.md: there is no command %s", name, name)
	}
	return c, nil
}

// readNotes returns the texts in the folder "notes", by the name of the command.
func readNotes() (map[string]string, error) {
	files, err := sources.ReadDir("notes")
	if err != nil {
		return nil, err
	}
	notes := map[string]string{}
	for _, file := range files {
		text, err := sources.ReadFile("notes/" + file.Name())
		if err != nil {
			return nil, err
		}
		notes[strings.TrimSuffix(file.Name(), ".md")] = strings.TrimSpace(string(text))
	}
	return notes, nil
}

// addDeploymentFlags adds a command's flags for selecting the deployment, without duplicates.
func (c *commandsPage) addDeploymentFlags(cmd *cobra.Command) {
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if shown := documentFlag(f); cli.SelectsDeployment(f) && !slices.Contains(c.DeploymentFlags, shown) {
			c.DeploymentFlags = append(c.DeploymentFlags, shown)
		}
	})
}

func documentCommand(cmd *cobra.Command) command {
	c := command{Name: cmd.CommandPath(), Anchor: "#" + strings.ReplaceAll(cmd.CommandPath(), " ", "-"),
		Short: cmd.Short, Long: cmp.Or(cmd.Long, cmd.Short+"."), Usage: cmd.UseLine(),
		Example: strings.TrimSpace(cmd.Example)}
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		switch {
		case cli.SelectsDeployment(f):
			c.DeploymentFlags = append(c.DeploymentFlags, "--"+f.Name)
		case f.Name != "help" || !cmd.HasParent(): // the page mentions --help once, for all commands
			c.Flags = append(c.Flags, documentFlag(f))
		}
	})
	return c
}

func documentFlag(f *pflag.Flag) flag {
	placeholder, usage := pflag.UnquoteUsage(f)
	name := "--" + f.Name
	if f.Shorthand != "" {
		name = "-" + f.Shorthand + ", " + name
	}
	if placeholder != "" {
		name += " " + placeholder
	}
	shown := flag{Name: name, Usage: usage}
	if explained := defaultInUsage.FindStringSubmatch(usage); explained != nil {
		shown.Usage, shown.Default = explained[1], explained[2]
	} else if !slices.Contains([]string{"", "false", "0", "[]"}, f.DefValue) {
		shown.Default = f.DefValue
	}
	return shown
}
