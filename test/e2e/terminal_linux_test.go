package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// process is a running program and its output.
type process struct {
	t        *testing.T
	cmd      *exec.Cmd
	terminal *os.File // its terminal; nil for a detached process

	mu      sync.Mutex
	changed sync.Cond
	output  string // the output so far
	done    bool   // whether the output is complete
}

// startDetached starts a program in a new session without a terminal.
func startDetached(t *testing.T, environ []string, program string, args ...string) *process {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := startProcess(t, environ, &syscall.SysProcAttr{Setsid: true}, nil, writer, append([]string{program}, args...)...)
	go p.collectOutput(reader)
	return p
}

// startOnTerminal starts retrycatch in the foreground of a new terminal.
func startOnTerminal(t *testing.T, environ []string, args ...string) *process {
	t.Helper()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	number, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPTN)
	size := unix.Winsize{Row: 50, Col: 120}
	if err := errors.Join(err, unix.IoctlSetPointerInt(int(terminal.Fd()), unix.TIOCSPTLCK, 0),
		unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &size)); err != nil {
		t.Fatal(err)
	}
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	attributes := &syscall.SysProcAttr{Setsid: true, Setctty: true}
	p := startProcess(t, environ, attributes, tty, tty, append([]string{retrycatch}, args...)...)
	p.terminal = terminal
	go p.collectOutput(terminal)
	return p
}

// startProcess starts a program that writes to out. It closes out in the test, so that only the
// program has out open.
func startProcess(
	t *testing.T, environ []string, attributes *syscall.SysProcAttr, in, out *os.File, command ...string,
) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.CommandContext(t.Context(), command[0], command[1:]...)}
	p.changed.L = &p.mu
	p.cmd.Dir, p.cmd.Env, p.cmd.SysProcAttr = repository, environ, attributes
	p.cmd.Stdout, p.cmd.Stderr = out, out
	if in != nil {
		p.cmd.Stdin = in
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out.Close()
	return p
}

func (p *process) collectOutput(from *os.File) {
	defer from.Close()
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		p.mu.Lock()
		p.output += string(buffer[:n])
		p.done = p.done || err != nil
		p.changed.Broadcast()
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// awaitText waits until the output contains the text at least the given number of times.
func (p *process) awaitText(text string, times int) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for strings.Count(p.output, text) < times {
		if p.done {
			p.t.Fatalf("the program ended before it printed %q %d times:\n%s", text, times, p.output)
		}
		p.changed.Wait()
	}
}

// typeKeys types keys on the terminal.
func (p *process) typeKeys(keys string) {
	p.t.Helper()
	if _, err := p.terminal.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// wait waits until the program ends, and returns its exit code and output. If a signal ended the
// program, the exit code is the negative number of the signal.
func (p *process) wait() (code int, text string) {
	p.t.Helper()
	_ = p.cmd.Wait() // ProcessState has the exit code
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.done {
		p.changed.Wait()
	}
	code = p.cmd.ProcessState.ExitCode()
	if status := p.cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
		code = -int(status.Signal())
	}
	return code, p.output
}

const ctrlC = "\x03"
