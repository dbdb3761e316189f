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

// program names the program that lays out graphs. It is built with retrycatch into the same folder.
const program = "retrycatch-graphviz"

// engine runs the program, and keeps it for further graphs: the start takes longer than most
// layouts. The zero value starts it for the first graph.
type engine struct {
	cmd       *exec.Cmd
	in        io.WriteCloser
	out       io.ReadCloser
	answers   *json.Decoder
	complaint bytes.Buffer
	cleanup   func()
}

// layoutError reports that Graphviz cannot lay out a graph.
type layoutError struct{ why string }

func (e *layoutError) Error() string { return "Graphviz: " + e.why }

// answer sends a graph to the program, and returns the layout as Graphviz's JSON. The error is a
// *layoutError if the program works, but cannot lay out this graph.
func (e *engine) answer(ctx context.Context, dot string) (json.RawMessage, error) {
	if e.cmd == nil {
		if err := e.start(ctx); err != nil {
			return nil, err
		}
	}
	var answer json.RawMessage
	sent := json.NewEncoder(e.in).Encode(dot)
	err := e.answers.Decode(&answer) // the program may answer before it has read everything
	if err != nil && sent != nil {
		err = sent
	}
	var refusal string
	if err == nil && json.Unmarshal(answer, &refusal) == nil {
		return nil, &layoutError{refusal}
	}
	if err == nil {
		return answer, nil
	}
	if stopped := e.stop(); stopped != nil { // the reason of the missing answer
		err = stopped
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && crashed(exit) {
		used := exit.UserTime() + exit.SystemTime()
		why := strings.TrimSuffix(err.Error(), ": ")
		return nil, &layoutError{fmt.Sprintf("%s after %.0f s of computing", why, used.Seconds())}
	}
	return nil, fmt.Errorf("%s: %w", program, err)
}

// crashed reports whether a signal or a Go panic ended a program. The system sends signals at the
// program's time limit and when memory is short. The signal of a closed pipe comes from stop.
func crashed(exit *exec.ExitError) bool {
	status, ok := exit.Sys().(syscall.WaitStatus)
	return exit.ExitCode() == 2 || ok && status.Signaled() && status.Signal() != syscall.SIGPIPE
}

// start starts the program. The program's environment has no credentials, only a folder of this
// user. The library keeps its compiled code there, and so starts in about 40 ms instead of a
// second.
func (e *engine) start(ctx context.Context) error {
	executable, err := find()
	if err != nil {
		return err
	}
	folder, cleanup, err := cacheFolder()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, executable)
	cmd.Env = []string{"TMPDIR=" + folder}
	cmd.Stderr = &e.complaint
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
	e.cmd, e.answers, e.cleanup = cmd, json.NewDecoder(e.out), cleanup
	return nil
}

// stop ends the program if it runs, and returns its error.
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
	first, _, _ := strings.Cut(strings.TrimSpace(e.complaint.String()), "\n")
	return fmt.Errorf("%w: %s", err, first)
}

// find returns the path of the program in the folder of this one, or else in PATH.
func find() (string, error) {
	if self, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(self), program)
		if _, err := os.Stat(beside); err == nil {
			return beside, nil
		}
	}
	return exec.LookPath(program)
}

// cacheFolder returns a folder of this user, or a temporary one if there is no home.
func cacheFolder() (folder string, cleanup func(), err error) {
	folder, err = os.UserCacheDir()
	if folder = filepath.Join(folder, "retrycatch"); err == nil && os.MkdirAll(folder, 0o700) == nil {
		return folder, func() {}, nil
	}
	folder, err = os.MkdirTemp("", "retrycatch-")
	return folder, func() { _ = os.RemoveAll(folder) }, err
}
