package cli

import (
	"io"
	"slices"
	"strings"
	"syscall"
	"testing"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/view"
)

// failingOutput wraps standard output so that writes fail after the given number of bytes.
func failingOutput(after int, err error) func(io.Writer) io.Writer {
	return func(to io.Writer) io.Writer { return &failingWriter{to, after, err} }
}

type failingWriter struct {
	io.Writer
	room int // bytes left before the failure
	err  error
}

func (f *failingWriter) Write(text []byte) (int, error) {
	if len(text) > f.room {
		n, _ := f.Writer.Write(text[:f.room])
		f.room = 0
		return n, f.err
	}
	f.room -= len(text)
	return f.Writer.Write(text)
}

const noSpace = "could not be written: no space left on device\n  next: free disk space for the output; then retrycatch"

// changingCalls lists the calls that change the account.
func (result commandResult) changingCalls() (changing []string) {
	for _, call := range result.world.Calls() {
		if _, name, _ := strings.Cut(call.Operation, "."); !strings.HasPrefix(name, "Describe") &&
			!strings.HasPrefix(name, "Get") && !strings.HasPrefix(name, "List") {
			changing = append(changing, call.Operation)
		}
	}
	slices.Sort(changing)
	return changing
}

// TestLostOutput runs every situation of every command with a full disk and with a closed pipe.
// In both cases, the command must change the account exactly as with a working output. Only the
// full disk is an error.
func TestLostOutput(t *testing.T) {
	t.Parallel()
	for _, group := range commandPolicies {
		for _, s := range group.situations {
			variants := [][]string{s.args}
			if cmd, _, err := Commands().Find(s.args); err == nil && takesJSON(cmd) {
				variants = append(variants, slices.Concat(s.args, []string{"--output", "json"}))
			}
			for _, args := range variants {
				t.Run(strings.Join(args, " ")+", "+s.name, func(t *testing.T) {
					t.Parallel()
					checkLostOutput(t, s, args)
				})
			}
		}
	}
}

func checkLostOutput(t *testing.T, s situation, args []string) {
	normal := runCommand(t, s.prepare, args...)
	closed := runCommandInto(t, failingOutput(0, syscall.EPIPE), s.prepare, args...)
	if closed.code != normal.code || strings.Contains(closed.stderr, "written:") ||
		strings.Contains(closed.stderr, "pipe") {
		t.Errorf("closed pipe: got %s\nwant exit code %d and no error about the output", closed, normal.code)
	}
	full := runCommandInto(t, failingOutput(len(normal.stdout)/2, syscall.ENOSPC), s.prepare, args...)
	want := normal.code
	if want == exitDone && normal.stdout != "" {
		want = exitUnable
	}
	if full.code != want || strings.Contains(full.stderr, noSpace) != (normal.stdout != "") {
		t.Errorf("full disk: got %s\nwant exit code %d and an error about the output: %t", full, want, normal.stdout != "")
	}
	if normal.code == exitDone {
		for _, text := range []string{"did not finish", "deployment failed", "not as expected"} {
			if strings.Contains(full.stderr, text) {
				t.Errorf("got\n%s\nwant only an error about the output", full.stderr)
			}
		}
	}
	for _, got := range []commandResult{closed, full} {
		if !slices.Equal(got.changingCalls(), normal.changingCalls()) {
			t.Errorf("got the calls %v that change the account, want %v", got.changingCalls(), normal.changingCalls())
		}
	}
}

// If the result of a successful command is lost, the message says what the command did.
func TestLostOutputOfSuccess(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]string{
		"destroy --yes": "error: everything is gone, but the result " + noSpace + " destroy ",
		"run 200":       "error: the executions have ended, but the result " + noSpace + " executions ",
		"status":        "error: the output " + noSpace + " status ",
	} {
		result := runCommandInto(t, failingOutput(0, syscall.ENOSPC), deployStack, strings.Fields(command)...)
		if result.code != exitUnable || !strings.Contains(result.stderr, want) {
			t.Errorf("got %s, want %s", result, want)
		}
	}
}

// These commands do not call AWS, and cobra writes part of their output.
func TestLostOutputWithoutAWS(t *testing.T) {
	t.Parallel()
	file := historyFile(t, awsstub.ScenarioEvents(awsstub.AWS, "503"))
	for _, args := range [][]string{{}, {"--help"}, {"help"}, {"help", "run"}, {"run", "--help"}, {"--version"},
		{"completion", "bash"}, {"completion", "zsh"}, {"completion", "fish"}, {"completion", "powershell"},
		{"__complete", "des"}, {"graph", "--definition", "-"},
		{"graph", "--definition", "-", "-o", "-", "--format", "mmd"}, {"graph", "--definition", "-", "-o", "-"},
		{"inspect", "--file", file}, {"inspect", "--file", file, "--events"}, {"inspect", "--file", file, "--output", "json"},
		{"inspect", "--file", file, "--step", "Call API"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			runInto := func(stdout func(io.Writer) io.Writer) (int, string, string) {
				var out, messages strings.Builder
				code := Run(t.Context(), args, view.Streams{In: strings.NewReader(oneState), Out: stdout(&out), Err: &messages})
				return code, out.String(), messages.String()
			}
			code, normal, messages := runInto(failingOutput(1<<30, nil))
			if code != exitDone || normal == "" {
				t.Fatalf("got exit code %d and %s\nwant %d and output", code, messages, exitDone)
			}
			if code, _, stderr := runInto(failingOutput(0, syscall.EPIPE)); code != exitDone || stderr != messages {
				t.Errorf("closed pipe: got exit code %d and %s\nwant %d and %q", code, stderr, exitDone, messages)
			}
			code, _, stderr := runInto(failingOutput(len(normal)-1, syscall.ENOSPC))
			if code != exitUnable || strings.Count(stderr, "error:") != 1 || !strings.Contains(stderr, "the output "+noSpace) {
				t.Errorf("full disk: got exit code %d and %s\nwant %d and one error about the output", code, stderr, exitUnable)
			}
		})
	}
}

// A command succeeds even if it cannot write to standard error.
func TestLostStandardError(t *testing.T) {
	t.Parallel()
	for _, err := range []error{syscall.ENOSPC, syscall.EPIPE} {
		var out strings.Builder
		code := Run(t.Context(), []string{"graph", "--definition", "-"}, view.Streams{In: strings.NewReader(oneState),
			Out: &out, Err: failingOutput(0, err)(io.Discard)})
		if code != exitDone || out.Len() == 0 {
			t.Errorf("%v: got exit code %d and output %q, want %d and output", err, code, out.String(), exitDone)
		}
	}
}
