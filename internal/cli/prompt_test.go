package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shellStart holds the startup files of a shell, the commands typed into it, and their expected
// output.
type shellStart struct {
	files          map[string]string
	commands, want string
}

// shellStarts returns the shells that have a marker. Their startup files set a prompt and change
// settings. userEnvFile is the path of the file that ENV names.
func shellStarts(userEnvFile string) map[string]shellStart {
	const posixChanges = "export AWS_ENDPOINT_URL=https://example.com AWS_ENDPOINT_URL_STS=https://example.com " +
		"AWS_PROFILE=mine CDK_DEBUG=1\nunset AWS_REGION\n"
	const fishChanges = "set -gx AWS_ENDPOINT_URL https://example.com; set -gx AWS_ENDPOINT_URL_STS " +
		"https://example.com; set -gx AWS_PROFILE mine; set -gx CDK_DEBUG 1; set -e AWS_REGION\n"
	const posixCommands = "true\necho \"$MINE,$ZDOTDIR,$ENV.\"\nenv\nexit\n"
	posix := shellStart{map[string]string{"env": posixChanges + "PS1='mine> '; MINE=env\n"}, posixCommands,
		"env,," + userEnvFile + "."}
	return map[string]shellStart{
		"bash": {map[string]string{".bashrc": posixChanges + "PS1='mine> '; MINE=rc; PROMPT_COMMAND='true;'\n"},
			posixCommands, "rc,," + userEnvFile + "."},
		"zsh": {map[string]string{".zshenv": "MINE=env\n", ".zshrc": posixChanges + "PROMPT='mine> '; MINE=$MINE-rc\n"},
			posixCommands, "env-rc,," + userEnvFile + "."},
		"dash": posix, "sh": posix,
		// Without a terminal, fish prints no prompt.
		"fish": {map[string]string{".config/fish/config.fish": fishChanges +
			"set MINE rc\nfunction fish_prompt; echo -n 'mine> '; end\n"},
			"fish_prompt\necho \"$MINE,$ENV.\"\nenv\nexit\n", "rc," + userEnvFile + "."},
	}
}

// The user's startup files set a prompt and change AWS settings. markPrompt adds its mark to this
// prompt exactly once, and restores the settings. cleanUp deletes the temporary files.
func TestMarkPrompt(t *testing.T) {
	home, temporary := t.TempDir(), filepath.Join(t.TempDir(), "with space")
	if err := os.Mkdir(temporary, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", temporary)
	userEnvFile := filepath.Join(home, "env")
	t.Setenv("ENV", userEnvFile)
	t.Setenv("ZDOTDIR", "")
	for name, start := range shellStarts(userEnvFile) {
		t.Run(name, func(t *testing.T) {
			requireShell(t, name)
			for file, text := range start.files {
				path := filepath.Join(home, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command(name)
			cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TERM=dumb", "ENV=" + userEnvFile,
				"AWS_ENDPOINT_URL=http://127.0.0.1:1/a 'b'", "AWS_REGION=eu-west-1", "CDK_PROFILE="}
			cleanUp, err := markPrompt(cmd)
			if err != nil {
				t.Fatal(err)
			}
			cmd.Args = append(cmd.Args, "-i")
			cmd.Stdin = strings.NewReader(start.commands)
			output, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(output), start.want) ||
				!strings.Contains(string(output), promptMark+"mine> ") ||
				strings.Contains(string(output), promptMark+promptMark+"mine") {
				t.Errorf("got error %v and output\n%s\nwant the output to contain %q and one mark", err, output, start.want)
			}
			settings := regexp.MustCompile(`(?m)^(?:AWS|CDK)_.*$`).FindAllString(string(output), -1)
			slices.Sort(settings)
			if diff := cmp.Diff(cmd.Env[4:7], settings); diff != "" {
				t.Errorf("the settings differ (-want +got):\n%s", diff)
			}
			if err := cleanUp(); err != nil {
				t.Error(err)
			}
			if files, err := os.ReadDir(temporary); err != nil || len(files) > 0 {
				t.Errorf("got files %v and error %v, want an empty folder", files, err)
			}
		})
	}
}

func TestMarkPromptUnknownShell(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("/bin/nu", "x")
	cleanUp, err := markPrompt(cmd)
	if err != nil || len(cmd.Args) != 2 || cmd.Env != nil {
		t.Fatalf("got error %v, arguments %v and environment %v, want no change", err, cmd.Args, cmd.Env)
	}
	if err := cleanUp(); err != nil {
		t.Error(err)
	}
}
