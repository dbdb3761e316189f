package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestLocalCommandNotRun(t *testing.T) {
	t.Parallel()
	locked := filepath.Join(t.TempDir(), "locked")
	if err := os.WriteFile(locked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ command, want string }{
		"unknown name":   {"no-such-command", "cannot find the command no-such-command"},
		"unknown path":   {"/no/such/command", "cannot find the command /no/such/command"},
		"not executable": {locked, "cannot run the command " + locked + ": permission denied"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := (&app{executable: os.Executable}).runLocal(t.Context(), "us-east-1", []string{test.command})
			if err == nil || err.Error() != test.want {
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}

// findProgram searches the folder of the running retrycatch before PATH.
func TestFindProgram(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	own := filepath.Join(folder, "retrycatch-test")
	if err := os.WriteFile(own, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	a := &app{executable: func() (string, error) { return own, nil }}
	for name, want := range map[string]string{"retrycatch-test": own, "sh": shell, own: own} {
		if got, err := a.findProgram(name); err != nil || got != want {
			t.Errorf("%s: got %q and error %v, want %q", name, got, err, want)
		}
	}
}

func TestPagerCommand(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{"": "retrycatch inspect x --events | less -S",
		"local_test.go": "retrycatch inspect x --events | less -S", "-": "add | less -S", os.DevNull: "add | less -S"} {
		a := &app{args: strings.Fields("inspect x --events")}
		if got := a.pagerCommand(file); !strings.HasPrefix(got, want) {
			t.Errorf("file %q: got %q, want the prefix %q", file, got, want)
		}
	}
}
