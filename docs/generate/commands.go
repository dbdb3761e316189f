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

// commands is the content of commands.md.
type commands struct {
	Groups    []group
	Root      command // the program without a command
	Selecting []flag  // the flags that select the deployment
	Exits     []string
}

// group holds the commands of a group in the help.
type group struct {
	Title    string
	Commands []command
}

// command is the help of a command.
type command struct {
	Name      string // with the program's name
	Anchor    string
	Short     string
	Long      string
	Usage     string
	Flags     []flag   // its own
	Selecting []string // names of the flags that select the deployment
	Example   string
	Note      string // details beyond the help, from the file of the command's name in notes
}

// defaultInUsage matches a flag's description that explains the default itself.
var defaultInUsage = regexp.MustCompile(`^(.*) \(default: (.*)\)$`)

// flag is a row in a table of flags.
type flag struct{ Name, Usage, Default string }

func newCommands() (commands, error) {
	notes, err := readNotes()
	if err != nil {
		return commands{}, err
	}
	root := cli.Commands()
	c := commands{Root: newCommand(root), Exits: cli.ExitCodes[:]}
	for _, g := range root.Groups() {
		shown := group{Title: g.Title}
		for _, cmd := range root.Commands() {
			if cmd.GroupID == g.ID {
				documented := newCommand(cmd)
				documented.Note = notes[cmd.Name()]
				delete(notes, cmd.Name())
				shown.Commands = append(shown.Commands, documented)
				c.addSelecting(cmd)
			}
		}
		c.Groups = append(c.Groups, shown)
	}
	for _, name := range slices.Sorted(maps.Keys(notes)) {
		return c, fmt.Errorf("notes/%s.md belongs to no command", name)
	}
	return c, nil
}

// readNotes returns the notes by their command.
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

// addSelecting adds the flags that select the deployment and are not listed yet.
func (c *commands) addSelecting(cmd *cobra.Command) {
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if shown := newFlag(f); cli.SelectsDeployment(f) && !slices.Contains(c.Selecting, shown) {
			c.Selecting = append(c.Selecting, shown)
		}
	})
}

func newCommand(cmd *cobra.Command) command {
	c := command{Name: cmd.CommandPath(), Anchor: "#" + strings.ReplaceAll(cmd.CommandPath(), " ", "-"),
		Short: cmd.Short, Long: cmp.Or(cmd.Long, cmd.Short+"."), Usage: cmd.UseLine(),
		Example: strings.TrimSpace(cmd.Example)}
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		switch {
		case cli.SelectsDeployment(f):
			c.Selecting = append(c.Selecting, "--"+f.Name)
		case f.Name != "help" || !cmd.HasParent(): // every command has it
			c.Flags = append(c.Flags, newFlag(f))
		}
	})
	return c
}

func newFlag(f *pflag.Flag) flag {
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
