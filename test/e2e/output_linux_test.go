package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Only Linux has /dev/full.

const onlyState = `{"StartAt": "Only", "States": {"Only": {"Type": "Succeed"}}}`

// drawing runs retrycatch graph with a definition, and with a standard output and error that may be
// nil. It returns the exit code, and -1 for the end by a signal.
func drawing(t *testing.T, out, err *os.File) int {
	t.Helper()
	file := filepath.Join(t.TempDir(), "definition.json")
	if err := os.WriteFile(file, []byte(onlyState), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), retrycatch, "graph", "--definition", file)
	cmd.Stdout, cmd.Stderr = out, err
	_ = cmd.Run() // the state says how it ended
	return cmd.ProcessState.ExitCode()
}

// closedPipe returns the end of a pipe whose reader is gone.
func closedPipe(t *testing.T) *os.File {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	t.Cleanup(func() { writer.Close() })
	return writer
}

func opened(t *testing.T, name string) *os.File {
	t.Helper()
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// TestOutputOfProcess shows what a test without processes cannot: Go itself ends a program at a
// closed pipe.
func TestOutputOfProcess(t *testing.T) {
	t.Parallel()
	said := filepath.Join(t.TempDir(), "said")
	for _, test := range []struct {
		name     string
		out, err *os.File
		code     int
		says     string
	}{
		{"closed pipe", closedPipe(t), opened(t, said), 0, ""},
		{"closed pipe for progress", nil, closedPipe(t), 0, ""},
		{"full disk for progress", nil, opened(t, "/dev/full"), 0, ""},
		{"full disk", opened(t, "/dev/full"), opened(t, said), 2, "error: the output could not be written: no space left on device\n"},
	} {
		code := drawing(t, test.out, test.err)
		text, err := os.ReadFile(said)
		if err != nil {
			t.Fatal(err)
		}
		if code != test.code || !strings.HasPrefix(string(text), test.says) || test.says == "" && len(text) > 0 {
			t.Errorf("%s: exit code %d, %s", test.name, code, text)
		}
	}
}
