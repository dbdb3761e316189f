package picture

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// program is the name of the layout program. make build puts it next to retrycatch.
const program = "retrycatch-graphviz"

// engine runs the layout program. One run lays out many graphs, because the program starts slowly.
// The zero value starts the program for the first graph.
type engine struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     io.ReadCloser
	replies *json.Decoder
	stderr  bytes.Buffer
	cleanup func()
}

// layoutError reports that Graphviz cannot lay out a graph.
type layoutError struct{ why string }

func (e *layoutError) Error() string { return "Graphviz: " + e.why }

// layOut sends a graph to the program and returns the layout as Graphviz's JSON. The error is a
// *layoutError if the program rejects the graph or crashes.
func (e *engine) layOut(ctx context.Context, dot string) (json.RawMessage, error) {
	if e.cmd == nil {
		if err := e.start(ctx); err != nil {
			return nil, err
		}
	}
	var reply json.RawMessage
	sendErr := json.NewEncoder(e.in).Encode(dot)
	err := e.replies.Decode(&reply) // a reply may arrive although Encode failed
	if err != nil && sendErr != nil {
		err = sendErr
	}
	var refusal string
	if err == nil && json.Unmarshal(reply, &refusal) == nil {
		return nil, &layoutError{refusal}
	}
	if err == nil {
		return reply, nil
	}
	if stopErr := e.stop(); stopErr != nil { // the program's own error explains the missing reply
		err = stopErr
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && isCrash(exit) {
		used := exit.UserTime() + exit.SystemTime()
		why := strings.TrimSuffix(err.Error(), ": ")
		return nil, &layoutError{fmt.Sprintf("%s after %.0f s of CPU time", why, used.Seconds())}
	}
	return nil, fmt.Errorf("%s: %w", program, err)
}

// isCrash reports whether a signal or a Go panic ended a program. The system sends a signal when
// the program exceeds its CPU limit, or when memory is short. SIGPIPE is not a crash, because stop
// closes the pipe.
func isCrash(exit *exec.ExitError) bool {
	status, ok := exit.Sys().(syscall.WaitStatus)
	return exit.ExitCode() == 2 || ok && status.Signaled() && status.Signal() != syscall.SIGPIPE
}

// start starts the program. Its environment contains only a cache folder, and no credentials. The
// folder holds compiled code, which cuts the startup time from a second to about 40 ms.
func (e *engine) start(ctx context.Context) error {
	executable, err := findProgram()
	if err != nil {
		return err
	}
	folder, cleanup, err := cacheFolder()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, executable)
	cmd.Env = []string{"TMPDIR=" + folder}
	cmd.Stderr = &e.stderr
	if e.in, err = cmd.StdinPipe(); err == nil {
		e.out, err = cmd.StdoutPipe()
	}
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cleanup()
		return err
	}
	e.cmd, e.replies, e.cleanup = cmd, json.NewDecoder(e.out), cleanup
	return nil
}

// stop stops the program, and returns its error. It does nothing if the program is not running.
func (e *engine) stop() error {
	if e.cmd == nil || e.cmd.ProcessState != nil {
		return nil
	}
	defer e.cleanup()
	_ = e.in.Close()
	_ = e.out.Close()
	err := e.cmd.Wait()
	if err == nil {
		return nil
	}
	firstLine, _, _ := strings.Cut(strings.TrimSpace(e.stderr.String()), "\n")
	return fmt.Errorf("%w: %s", err, firstLine)
}

// findProgram looks next to retrycatch first, and then in PATH.
func findProgram() (string, error) {
	if self, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(self), program)
		if _, err := os.Stat(beside); err == nil {
			return beside, nil
		}
	}
	return exec.LookPath(program)
}

// cacheFolder returns a folder in the user's cache, or a temporary folder if that fails.
func cacheFolder() (folder string, cleanup func(), err error) {
	folder, err = os.UserCacheDir()
	if folder = filepath.Join(folder, "retrycatch"); err == nil && os.MkdirAll(folder, 0o700) == nil {
		return folder, func() {}, nil
	}
	folder, err = os.MkdirTemp("", "retrycatch-")
	return folder, func() { _ = os.RemoveAll(folder) }, err
}
