package picture

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"retrycatch/internal/problem"
)

// TestDrawerTimeout checks that the time limit ends an endless layout and stops its program.
func TestDrawerTimeout(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	pipe := filepath.Join(folder, "pid")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\necho $$ >" + pipe + "\nexec sleep 1000\n"
	if err := os.WriteFile(filepath.Join(folder, program), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	pid := 0
	drawer := Drawer{setTimeLimit: func(ctx context.Context) (context.Context, context.CancelFunc) {
		limited, end := context.WithCancelCause(ctx)
		go func() {
			text, err := os.ReadFile(pipe) // blocks until the program opens the pipe
			if _, scanned := fmt.Sscan(string(text), &pid); err != nil || scanned != nil {
				t.Errorf("got the process ID %q and error %v", text, err)
			}
			end(errTimeout)
		}()
		return limited, func() { end(nil) }
	}}
	_, err := drawer.SVG(t.Context(), projectGraph(t).Plain(), "M", "p")
	p := (*problem.Problem)(nil)
	if !errors.As(err, &p) || !errors.Is(err, errTimeout) || !strings.Contains(p.Next, ".mmd") {
		t.Errorf("got error %v, want a problem that suggests an .mmd file", err)
	}
	if err := syscall.Kill(pid, 0); pid == 0 || !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d is still running: %v", pid, err)
	}
}

func TestDrawerLayoutError(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	for name, script := range map[string]string{
		"refusal": `echo '"out of bounds memory access"'; exit 1`,
		"panic":   "echo 'panic: out of bounds memory access' >&2; exit 2",
		"killed":  "kill -9 $$",
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(folder, program)
			if err := os.WriteFile(file, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			_, err := new(Drawer).SVG(t.Context(), projectGraph(t).Plain(), "M", "p")
			if p := (*problem.Problem)(nil); !errors.As(err, &p) || !strings.Contains(p.Next, ".mmd") {
				t.Errorf("got error %v, want a problem that suggests an .mmd file", err)
			}
		})
	}
}
