package localaws

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"retrycatch/internal/problem"
)

//go:embed supervisor.py
var supervisor string

const (
	startLimit  = 60 * time.Second // the first start on a slow disk takes about ten seconds
	pollHealth  = 50 * time.Millisecond
	logTail     = 20 // lines of the server's log in an error
	startTrials = 3  // another process may bind the free port before the server does
)

// process represents a running MiniStack: https://github.com/ministackorg/ministack
type process struct {
	cmd     *exec.Cmd
	alive   io.Closer // the supervisor ends when this pipe is closed
	exited  chan struct{}
	stopped bool
}

func (s *Server) start(ctx context.Context, project string) error {
	python, err := filepath.Abs(filepath.Join(project, ".venv", "bin", "python")) // it runs in another folder
	if err != nil {
		return err
	}
	if _, err := os.Stat(python); err != nil {
		return &problem.Problem{
			What: "the local AWS is not installed: " + python + " is missing",
			Next: "run make setup",
		}
	}
	for range startTrials {
		if err = s.startOnce(ctx, python); err == nil || !errors.Is(err, errExitedEarly) {
			break
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return &problem.Problem{
			What: "the local AWS does not start",
			Next: "run make clean, then run this again",
			Err:  err,
		}
	}
	return nil
}

var errExitedEarly = errors.New("it ended before it was ready")

func (s *Server) startOnce(ctx context.Context, python string) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(s.logFile(), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	identity := "retrycatch-" + rand.Text()

	cmd := exec.Command(python, "-c", supervisor, s.folder)
	cmd.Env = s.serverEnviron(port, identity)
	cmd.Dir = s.folder
	cmd.Stdout, cmd.Stderr = log, log
	// The server gets its own process group. So Ctrl-C in the terminal does not reach it, and stop
	// reaches all its processes.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	alive, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p := &process{cmd: cmd, alive: alive, exited: make(chan struct{})}
	go func() { _ = cmd.Wait(); close(p.exited) }() // it is killed, so the exit status has no meaning

	s.Endpoint = fmt.Sprintf("http://127.0.0.1:%d", port)
	if err := p.awaitHealth(ctx, s.Endpoint, identity); err != nil {
		p.stop()
		return s.withLog(err)
	}
	s.process = p
	s.keys = []string{"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test"}
	return nil
}

// serverEnviron returns the environment of the server and of the functions that it runs. It holds
// nothing about the user's account.
func (s *Server) serverEnviron(port int, identity string) []string {
	waitScale := "1"
	if s.noWaits {
		waitScale = "0"
	}
	return []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + s.folder,
		"TMPDIR=" + s.folder,
		"LANG=C.UTF-8",
		"PYTHONDONTWRITEBYTECODE=1",
		fmt.Sprintf("GATEWAY_PORT=%d", port),
		"BIND_HOST=127.0.0.1",
		"MINISTACK_ACCOUNT_ID=" + s.Account,
		"MINISTACK_REGION=" + s.Region,
		"MINISTACK_EDITION=" + identity, // the health check identifies this server by it
		"STATE_DIR=" + filepath.Join(s.folder, "state"),
		"S3_DATA_DIR=" + filepath.Join(s.folder, "s3"),
		"IOT_MTLS_ENABLED=0", // otherwise it listens on a second port
		"LAMBDA_EXECUTOR=local",
		"SFN_WAIT_SCALE=" + waitScale,
		"AWS_ENDPOINT_URL=" + fmt.Sprintf("http://127.0.0.1:%d", port),
		"AWS_ACCESS_KEY_ID=test",
		"AWS_SECRET_ACCESS_KEY=test",
	}
}

func (p *process) awaitHealth(ctx context.Context, endpoint, identity string) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	tick := time.NewTicker(pollHealth)
	defer tick.Stop()
	for {
		if healthy(ctx, endpoint, identity) {
			return nil
		}
		select {
		case <-p.exited:
			return errExitedEarly
		case <-ctx.Done():
			return fmt.Errorf("it is not healthy after %s: %w", startLimit, ctx.Err())
		case <-tick.C:
		}
	}
}

func healthy(ctx context.Context, endpoint, identity string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/_ministack/health", nil)
	if err != nil {
		return false
	}
	response, err := loopback.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	var health struct{ Edition string }
	return json.NewDecoder(response.Body).Decode(&health) == nil && health.Edition == identity
}

// loopback ignores the proxy settings of the environment.
var loopback = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// ended reports whether the server has ended without stop.
func (p *process) ended() bool {
	if p.stopped {
		return false
	}
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// stop stops the server and waits for its end.
func (p *process) stop() {
	p.stopped = true
	_ = p.alive.Close()
	select {
	case <-p.exited:
	case <-time.After(5 * time.Second):
	}
	// The supervisor has already done this, unless Python could not start it.
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.exited
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func (s *Server) logFile() string { return filepath.Join(s.folder, "ministack.log") }

// withLog adds the end of the server's log to an error about its end.
func (s *Server) withLog(err error) error {
	text, readErr := os.ReadFile(s.logFile())
	if readErr != nil {
		return err
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return fmt.Errorf("%w; its log ends with:\n  %s", err, strings.Join(lines[max(0, len(lines)-logTail):], "\n  "))
}
