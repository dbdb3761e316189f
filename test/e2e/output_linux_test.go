package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// This file is for Linux only, because the tests need /dev/full.

const onlyState = `{"StartAt": "Only", "States": {"Only": {"Type": "Succeed"}}}`

// drawGraph runs retrycatch graph with the given files as standard output and standard error. For a
// nil file, it discards the output. It returns the exit code, or -1 after a signal.
func drawGraph(t *testing.T, out, err *os.File) int {
	t.Helper()
	file := filepath.Join(t.TempDir(), "definition.json")
	if err := os.WriteFile(file, []byte(onlyState), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), retrycatch, "graph", "--definition", file)
	cmd.Stdout, cmd.Stderr = out, err
	_ = cmd.Run() // ProcessState has the exit code
	return cmd.ProcessState.ExitCode()
}

// closedPipe returns the writing end of a pipe whose reading end is closed.
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

func openFile(t *testing.T, name string) *os.File {
	t.Helper()
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// The test runs retrycatch in a separate process, because by default, Go's runtime ends a process
// that writes to a closed pipe.
func TestUnwritableOutput(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "stderr")
	for _, test := range []struct {
		name     string
		out, err *os.File
		code     int
		want     string
	}{
		{"closed pipe as standard output", closedPipe(t), openFile(t, file), 0, ""},
		{"closed pipe as standard error", nil, closedPipe(t), 0, ""},
		{"full disk as standard error", nil, openFile(t, "/dev/full"), 0, ""},
		{"full disk as standard output", openFile(t, "/dev/full"), openFile(t, file), 2,
			"error: the output could not be written: no space left on device\n"},
	} {
		code := drawGraph(t, test.out, test.err)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if code != test.code || !strings.HasPrefix(string(text), test.want) || test.want == "" && len(text) > 0 {
			t.Errorf("%s: got exit code %d and standard error %q, want %d and %q", test.name, code, text, test.code, test.want)
		}
	}
}
