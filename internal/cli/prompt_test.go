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

// The user's startup files set a prompt and change AWS settings. markPrompt adds its mark to this
// prompt exactly once, and restores the settings. cleanUp deletes the temporary files.
func TestMarkPrompt(t *testing.T) {
	const changes = "export AWS_ENDPOINT_URL=https://example.com AWS_ENDPOINT_URL_STS=https://example.com " +
		"AWS_PROFILE=mine CDK_DEBUG=1\nunset AWS_REGION\n"
	for _, name := range []string{"bash", "zsh", "dash", "sh"} {
		t.Run(name, func(t *testing.T) {
			requireShell(t, name)
			home, temporary := t.TempDir(), filepath.Join(t.TempDir(), "with space")
			if err := os.Mkdir(temporary, 0o700); err != nil {
				t.Fatal(err)
			}
			own := filepath.Join(home, "env")
			for file, text := range map[string]string{
				".bashrc": changes + "PS1='mine> '; MINE=rc; PROMPT_COMMAND='true;'\n",
				".zshenv": "MINE=env\n",
				".zshrc":  changes + "PROMPT='mine> '; MINE=$MINE-rc\n",
				"env":     changes + "PS1='mine> '; MINE=env\n",
			} {
				if err := os.WriteFile(filepath.Join(home, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("TMPDIR", temporary)
			t.Setenv("ENV", own)
			t.Setenv("ZDOTDIR", "")
			cmd := exec.Command(name)
			cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TERM=dumb", "ENV=" + own,
				"AWS_ENDPOINT_URL=http://127.0.0.1:1/a 'b'", "AWS_REGION=eu-west-1", "CDK_PROFILE="}
			cleanUp, err := markPrompt(cmd)
			if err != nil {
				t.Fatal(err)
			}
			cmd.Args = append(cmd.Args, "-i")
			cmd.Stdin = strings.NewReader("true\necho \"$MINE,$ZDOTDIR,$ENV.\"\nenv\nexit\n")
			output, err := cmd.CombinedOutput()
			want := map[string]string{"bash": "rc,," + own + ".", "zsh": "env-rc,," + own + "."}[name]
			if want == "" {
				want = "env,," + own + "."
			}
			if err != nil || !strings.Contains(string(output), want) || !strings.Contains(string(output), promptMark+"mine> ") ||
				strings.Contains(string(output), promptMark+promptMark+"mine") {
				t.Errorf("got error %v and output\n%s\nwant the output to contain %q and one mark", err, output, want)
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
