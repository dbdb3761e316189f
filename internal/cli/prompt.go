package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"retrycatch/internal/localaws"
	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
)

// shellVariable is the environment variable that retrycatch local sets in its shell. A custom
// prompt can test this variable.
const shellVariable = "RETRYCATCH_LOCAL"

// promptMark is the prefix of the prompt in a shell that uses a local AWS.
const promptMark = "(local AWS) "

// promptMarker holds the startup files, arguments and variables that add the mark to a shell's
// prompt. The shell still runs the user's own startup files. In the marker's texts, SETTINGS is a
// placeholder for commands that undo these files' changes to AWS and CDK settings, and FOLDER for
// the temporary folder that holds the marker's files.
type promptMarker struct {
	files     map[string]string
	arguments []string
	variables []string
	syntax    settingSyntax
}

// promptMarkers maps the name of a shell to its marker. In bash, zsh and fish, the mark is added
// before each prompt, because a program such as starship replaces the prompt each time.
var promptMarkers = map[string]promptMarker{
	// https://www.gnu.org/software/bash/manual/html_node/Bash-Startup-Files.html
	"bash": {files: map[string]string{"bashrc": `[ ! -r ~/.bashrc ] || . ~/.bashrc
SETTINGS
__retrycatch_mark() {
	case $PS1 in '` + promptMark + `'*) ;; *) PS1='` + promptMark + `'$PS1 ;; esac
}
case $(declare -p PROMPT_COMMAND 2>/dev/null) in
"declare -a"*) PROMPT_COMMAND+=(__retrycatch_mark) ;;
*) PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}__retrycatch_mark ;;
esac
`}, arguments: []string{"--rcfile", "FOLDER/bashrc"}, syntax: posixSyntax},
	// zsh reads its startup files from the folder that ZDOTDIR names. The user's own .zshenv can
	// change ZDOTDIR:
	// https://zsh.sourceforge.io/Doc/Release/Files.html
	"zsh": {files: map[string]string{".zshenv": `if [[ -n $RETRYCATCH_ZDOTDIR ]]
then ZDOTDIR=$RETRYCATCH_ZDOTDIR
else unset ZDOTDIR
fi
unset RETRYCATCH_ZDOTDIR
[[ ! -r ${ZDOTDIR:-$HOME}/.zshenv ]] || . "${ZDOTDIR:-$HOME}/.zshenv"
__retrycatch_zdotdir=$ZDOTDIR
ZDOTDIR=FOLDER
`, ".zshrc": `[[ $HISTFILE != FOLDER/* ]] || HISTFILE=${__retrycatch_zdotdir:-$HOME}/.zsh_history
if [[ -n $__retrycatch_zdotdir ]]; then ZDOTDIR=$__retrycatch_zdotdir; else unset ZDOTDIR; fi
unset __retrycatch_zdotdir
[[ ! -r ${ZDOTDIR:-$HOME}/.zshrc ]] || . "${ZDOTDIR:-$HOME}/.zshrc"
SETTINGS
__retrycatch_mark() { [[ $PROMPT == '` + promptMark + `'* ]] || PROMPT='` + promptMark + `'$PROMPT }
precmd_functions+=(__retrycatch_mark)
`}, variables: []string{"RETRYCATCH_ZDOTDIR=$ZDOTDIR", "ZDOTDIR=FOLDER"}, syntax: posixSyntax},
	// https://fishshell.com/docs/current/cmds/fish.html
	"fish": {arguments: []string{"--init-command", `SETTINGS
functions --copy fish_prompt __retrycatch_prompt
function fish_prompt; echo -n '` + promptMark + `'; __retrycatch_prompt; end`}, syntax: fishSyntax},
	// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/sh.html
	"sh": posixMarker, "dash": posixMarker, "ksh": posixMarker,
}

// posixMarker is the marker of a shell that reads the file named in ENV at startup.
var posixMarker = promptMarker{files: map[string]string{"env": `if [ -n "$RETRYCATCH_ENV" ]
then ENV=$RETRYCATCH_ENV
else unset ENV
fi
unset RETRYCATCH_ENV
[ ! -r "$ENV" ] || . "$ENV"
SETTINGS
PS1='` + promptMark + `'$PS1
`}, variables: []string{"RETRYCATCH_ENV=$ENV", "ENV=FOLDER/env"}, syntax: posixSyntax}

// markPrompt adds the mark to the prompt of a shell that has a marker. The caller runs cleanUp
// after the shell ends.
func markPrompt(shell *exec.Cmd) (cleanUp func() error, err error) {
	m, known := promptMarkers[filepath.Base(shell.Path)]
	if !known {
		return func() error { return nil }, nil
	}
	folder, err := os.MkdirTemp("", "retrycatch-shell-")
	cleanUp = func() error { return os.RemoveAll(folder) }
	settings := m.syntax.restore(shell.Env)
	expand := func(text, folder string) string {
		return strings.ReplaceAll(strings.ReplaceAll(text, "FOLDER", folder), "SETTINGS", settings)
	}
	for name, text := range m.files {
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name), []byte(expand(text, safetext.Word(folder))), 0o600)
		}
	}
	if err != nil {
		_ = cleanUp()
		return nil, &problem.Problem{What: "cannot write the startup files of the shell", Err: err,
			Next: "free up space in " + os.TempDir()}
	}
	for _, argument := range m.arguments {
		shell.Args = append(shell.Args, expand(argument, folder))
	}
	for _, variable := range m.variables {
		shell.Env = append(shell.Env, expand(os.ExpandEnv(variable), folder))
	}
	return cleanUp, nil
}

// settingSyntax holds a shell's commands for the settings of a local AWS. The user's startup files
// may have changed these settings, and commands in the shell must not reach a real account.
type settingSyntax struct {
	unset string // removes the AWS and CDK variables
	set   string // format that exports a variable; its operands are the name and the quoted value
}

var posixSyntax = settingSyntax{
	"unset $(env | sed -n -e 's/^\\(AWS_[A-Za-z0-9_]*\\)=.*/\\1/p' -e 's/^\\(CDK_[A-Za-z0-9_]*\\)=.*/\\1/p')\n",
	"export %s=%s\n",
}

// fish can also export universal variables. Erasing one would affect other shells, so an empty
// global variable hides it instead. Other variables are erased, because the AWS CLI rejects an
// empty AWS_PROFILE.
var fishSyntax = settingSyntax{
	"for name in (set --names --export | string match --regex '^(?:AWS|CDK)_.*')\nset --erase --global $name\n" +
		"set --query --universal $name; and set --global --export $name ''\nend\n",
	"set --global --export %s %s\n",
}

// restore returns commands that restore the settings of an environment.
func (s settingSyntax) restore(environ []string) string {
	var commands strings.Builder
	commands.WriteString(s.unset)
	for _, variable := range environ {
		if name, value, _ := strings.Cut(variable, "="); localaws.IsManaged(name) {
			fmt.Fprintf(&commands, s.set, name, safetext.Word(value))
		}
	}
	return commands.String()
}
