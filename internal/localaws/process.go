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
	startTimeout   = 60 * time.Second // a first start from a slow disk takes about 10 s
	healthInterval = 50 * time.Millisecond
	maxLogLines    = 20 // lines of the log in an error message
	maxStarts      = 3  // more than 1, because another process might take the free port first
)

// process is a MiniStack process: https://github.com/ministackorg/ministack
type process struct {
	cmd      *exec.Cmd
	lifeline io.Closer // the supervisor exits when this pipe closes
	exited   chan struct{}
	stopped  bool
}

func (s *Server) start(ctx context.Context, project string) error {
	// The path must be absolute, because the server runs in another folder.
	python, err := filepath.Abs(filepath.Join(project, ".venv", "bin", "python"))
	if err != nil {
		return err
	}
	if _, err := os.Stat(python); err != nil {
		return &problem.Problem{
			What: "the local AWS is not installed: " + python + " is missing",
			Next: "run make setup",
		}
	}
	for range maxStarts {
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
			Next: "run make clean, then run the command again",
			Err:  err,
		}
	}
	return nil
}

var errExitedEarly = errors.New("it exited before it was ready")

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
	// In its own process group, the server does not receive Ctrl-C from the terminal, and stop can
	// kill all its processes.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p := &process{cmd: cmd, lifeline: lifeline, exited: make(chan struct{})}
	go func() { _ = cmd.Wait(); close(p.exited) }() // after stop, the exit status says nothing

	s.Endpoint = fmt.Sprintf("http://127.0.0.1:%d", port)
	if err := p.awaitHealth(ctx, s.Endpoint, identity); err != nil {
		p.stop()
		return s.addLog(err)
	}
	s.process = p
	s.keys = []string{"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test"}
	return nil
}

// serverEnviron returns the environment of the server and its Lambda functions. It contains nothing
// from the user's AWS settings.
func (s *Server) serverEnviron(port int, identity string) []string {
	waitScale := "1"
	if s.skipWaits {
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
		"MINISTACK_EDITION=" + identity, // lets isHealthy recognize this server
		"STATE_DIR=" + filepath.Join(s.folder, "state"),
		"S3_DATA_DIR=" + filepath.Join(s.folder, "s3"),
		"IOT_MTLS_ENABLED=0", // otherwise the server listens on a second port
		"LAMBDA_EXECUTOR=local",
		"SFN_WAIT_SCALE=" + waitScale,
		"AWS_ENDPOINT_URL=" + fmt.Sprintf("http://127.0.0.1:%d", port),
		"AWS_ACCESS_KEY_ID=test",
		"AWS_SECRET_ACCESS_KEY=test",
	}
}

func (p *process) awaitHealth(ctx context.Context, endpoint, identity string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(healthInterval)
	defer tick.Stop()
	for {
		if isHealthy(ctx, endpoint, identity) {
			return nil
		}
		select {
		case <-p.exited:
			return errExitedEarly
		case <-ctx.Done():
			return fmt.Errorf("it did not become healthy within %s: %w", startTimeout, ctx.Err())
		case <-tick.C:
		}
	}
}

func isHealthy(ctx context.Context, endpoint, identity string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/_ministack/health", nil)
	if err != nil {
		return false
	}
	response, err := loopbackClient.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	var health struct{ Edition string }
	return json.NewDecoder(response.Body).Decode(&health) == nil && health.Edition == identity
}

// loopbackClient ignores the proxy settings in the environment.
var loopbackClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// hasEnded reports whether the server exited on its own, before stop was called.
func (p *process) hasEnded() bool {
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

// stop stops the server and waits until it has exited.
func (p *process) stop() {
	p.stopped = true
	_ = p.lifeline.Close()
	select {
	case <-p.exited:
	case <-time.After(5 * time.Second):
	}
	// This is needed only if Python could not start the supervisor, or if the supervisor hangs.
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

// addLog adds the last lines of the server's log to an error.
func (s *Server) addLog(err error) error {
	text, readErr := os.ReadFile(s.logFile())
	if readErr != nil {
		return err
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return fmt.Errorf("%w; its log ends with:\n  %s", err, strings.Join(lines[max(0, len(lines)-maxLogLines):], "\n  "))
}
