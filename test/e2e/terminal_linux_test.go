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

// process is a running program.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	in  *os.File // its terminal, or nil

	mu   sync.Mutex
	more sync.Cond
	text string // its output
	done bool   // whether the output is complete
}

// startDetached starts a program in a new session without a terminal.
func startDetached(t *testing.T, environ []string, program string, args ...string) *process {
	t.Helper()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, environ, &syscall.SysProcAttr{Setsid: true}, nil, in, append([]string{program}, args...)...)
	go p.read(out)
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
	inside, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	attributes := &syscall.SysProcAttr{Setsid: true, Setctty: true}
	p := start(t, environ, attributes, inside, inside, append([]string{retrycatch}, args...)...)
	p.in = terminal
	go p.read(terminal)
	return p
}

// start starts a program, and closes this process's copy of out.
func start(
	t *testing.T, environ []string, attributes *syscall.SysProcAttr, in, out *os.File, command ...string,
) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.CommandContext(t.Context(), command[0], command[1:]...)}
	p.more.L = &p.mu
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

func (p *process) read(from *os.File) {
	defer from.Close()
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		p.mu.Lock()
		p.text += string(buffer[:n])
		p.done = p.done || err != nil
		p.more.Broadcast()
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// await waits until the output contains a text the given number of times.
func (p *process) await(text string, times int) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for strings.Count(p.text, text) < times {
		if p.done {
			p.t.Fatalf("got no %q in the output:\n%s", text, p.text)
		}
		p.more.Wait()
	}
}

// enter types keys on the terminal.
func (p *process) enter(keys string) {
	p.t.Helper()
	if _, err := p.in.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// wait waits for the end, and returns the exit code and the output. After a signal, the exit code
// is the negative number of the signal.
func (p *process) wait() (code int, text string) {
	p.t.Helper()
	_ = p.cmd.Wait() // ProcessState has the exit code
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.done {
		p.more.Wait()
	}
	code = p.cmd.ProcessState.ExitCode()
	if status := p.cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
		code = -int(status.Signal())
	}
	return code, p.text
}

const ctrlC = "\x03"
