package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"retrycatch/test/faults"
)

// environAt returns an environment with an endpoint in place of AWS.
func environAt(t *testing.T, endpoint string) []string {
	t.Helper()
	home := t.TempDir()
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "AWS_ENDPOINT_URL=" + endpoint,
		"AWS_REGION=" + region, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=" + secretKey}
}

// listen returns an endpoint that accepts connections. retrycatch local needs no answers.
func listen(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return "http://" + listener.Addr().String()
}

// local ends with the exit code of its command, and adds no advice.
func TestLocalExitCode(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]int{
		"exit 0": 0, "exit 7": 7, "exit 130": 130, "kill -INT $$": 130, "kill -KILL $$": 137, "kill -TERM $$": 143,
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			r := runCommand(t, environAt(t, listen(t)), retrycatch, "local", "--", "sh", "-c", script)
			if r.code != want {
				t.Errorf("got exit code %d, want %d", r.code, want)
			}
			requireNoAdvice(t, r.stderr+r.stdout)
		})
	}
}

func requireNoAdvice(t *testing.T, text string) {
	t.Helper()
	for _, advice := range []string{"next:", "error:", "interrupted"} {
		if strings.Contains(text, advice) {
			t.Errorf("got %q in:\n%s", advice, text)
		}
	}
}

// Ctrl-C reaches the command through the terminal. A shell continues after it.
func TestLocalCtrlC(t *testing.T) {
	t.Parallel()
	for name, command := range map[string][]string{
		"script": {"sh", "-c",
			`trap 'echo "not" yet' INT; echo "re"ady; until read line; do :; done; $line`},
		"interactive shell": {"bash", "--norc", "--noprofile", "-i", "-c",
			`trap 'echo "not" yet' INT; echo "re"ady; until read line; do :; done; $line`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startOnTerminal(t, environAt(t, listen(t)), append([]string{"local", "--"}, command...)...)
			p.await("ready", 1)
			for n := range 2 {
				p.enter(ctrlC)
				p.await("not yet", n+1)
			}
			p.enter("exit 5\n")
			code, text := p.wait()
			if code != 5 {
				t.Errorf("got exit code %d, want 5:\n%s", code, text)
			}
			requireNoAdvice(t, text)
		})
	}
	t.Run("shell with jobs", func(t *testing.T) {
		t.Parallel()
		p := startOnTerminal(t, append(environAt(t, listen(t)), "PS1=> "), "local", "--", "bash", "--norc",
			"--noprofile", "-i")
		p.await("> ", 1)
		p.enter(`sh -c 'echo be""gin; exec sleep 1000'` + "\n")
		p.await("begin", 1)
		p.enter(ctrlC)
		p.await("> ", 2)
		p.enter("exit 6\n")
		if code, text := p.wait(); code != 6 {
			t.Errorf("got exit code %d, want 6:\n%s", code, text)
		}
	})
	t.Run("no trap", func(t *testing.T) {
		t.Parallel()
		p := startOnTerminal(t, environAt(t, listen(t)), "local", "--", "sh", "-c", "echo ready; exec sleep 1000")
		p.await("ready", 1)
		p.enter(ctrlC)
		code, text := p.wait()
		if code != 130 {
			t.Errorf("got exit code %d, want 130:\n%s", code, text)
		}
		requireNoAdvice(t, text)
	})
}

// Without a terminal, local forwards signals.
func TestLocalForwardsSignals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		signal syscall.Signal
		script string
		want   int
	}{
		"SIGINT":  {syscall.SIGINT, "echo ready; exec sleep 1000", 130},
		"SIGQUIT": {syscall.SIGQUIT, "echo ready; exec sleep 1000", 131},
		"SIGHUP":  {syscall.SIGHUP, "echo ready; exec sleep 1000", 129},
		"SIGTERM": {syscall.SIGTERM, "echo ready; exec sleep 1000", 143},
		"trap": {syscall.SIGTERM,
			"trap 'exit 9' TERM; echo ready; sleep 1000 >/dev/null 2>&1 & wait", 9},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startDetached(t, environAt(t, listen(t)), retrycatch, "local", "--", "sh", "-c", test.script)
			p.await("ready", 1)
			p.signal(test.signal)
			code, text := p.wait()
			if code != test.want {
				t.Errorf("got exit code %d, want %d:\n%s", code, test.want, text)
			}
			requireNoAdvice(t, text)
		})
	}
}

// deny returns an endpoint that denies calls after release. It reports each call, and each caller
// that disconnects before.
func deny(t *testing.T) (endpoint string, called, disconnected <-chan struct{}, release func()) {
	t.Helper()
	calls, callersGone, released := make(chan struct{}, 100), make(chan struct{}, 100), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // with an unread body, the server does not notice a disconnect
		calls <- struct{}{}
		select {
		case <-released:
		case <-r.Context().Done():
			callersGone <- struct{}{}
			return
		}
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>")
	}))
	t.Cleanup(server.Close)
	return server.URL, calls, callersGone, sync.OnceFunc(func() { close(released) })
}

// A signal that is ignored when the process starts does not interrupt it.
func TestIgnoredSignals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prefix  string // of the command, in a shell
		signal  syscall.Signal
		ignored bool
	}{
		"nohup":              {"exec nohup", syscall.SIGHUP, true},
		"hangup":             {"exec", syscall.SIGHUP, false},
		"background job":     {`trap "" INT QUIT; exec`, syscall.SIGINT, true},
		"background quit":    {`trap "" INT QUIT; exec`, syscall.SIGQUIT, true},
		"interrupt":          {"exec", syscall.SIGINT, false},
		"quit":               {"exec", syscall.SIGQUIT, false},
		"nohup, termination": {"exec nohup", syscall.SIGTERM, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			endpoint, called, disconnected, release := deny(t)
			defer release()
			p := startDetached(t, environAt(t, endpoint), "sh", "-c", test.prefix+" "+retrycatch+" status")
			<-called
			p.signal(test.signal)
			if !test.ignored {
				<-disconnected
			}
			release()
			code, text := p.wait()
			want, message, other := 1, "interrupted", "may not call sts:GetCallerIdentity"
			if test.ignored {
				want, message, other = 2, other, message
			}
			if code != want || !strings.Contains(text, message) || strings.Contains(text, other) {
				t.Errorf("got exit code %d, want %d and %q:\n%s", code, want, message, text)
			}
		})
	}
}

// An interrupted load says what happened to each execution.
func TestInterruptedLoad(t *testing.T) {
	t.Parallel()
	o := deployOriginal(t).delayed(t)
	c := newCloud(t)
	c.bootstrap(t, o)
	c.create(t, o.template)
	for _, s := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGINT} {
		watching := make(chan struct{})
		once := sync.OnceFunc(func() { close(watching) })
		proxy := faults.Start(t, c.server.Endpoint, faults.Options{OnCall: func(operation string, _ int) {
			if operation == "states:GetExecutionHistory" {
				once()
			}
		}})
		p := startDetached(t, c.through(proxy), retrycatch, "run", "429", "--count", "5", "--concurrency", "3")
		<-watching
		p.signal(s)
		code, text := p.wait()
		for _, want := range []string{"interrupted", "2 executions were not started",
			"up to 3 executions may still be running", "stop-execution"} {
			if code != 1 || !strings.Contains(text, want) {
				t.Errorf("%v: got exit code %d, want 1 and %q:\n%s", s, code, want, text)
			}
		}
	}
}

// An interrupted run names the execution that continues.
func TestInterruptedRun(t *testing.T) {
	t.Parallel()
	o := deployOriginal(t).delayed(t)
	c := newCloud(t)
	c.bootstrap(t, o)
	c.create(t, o.template)
	p := startDetached(t, c.environ(), retrycatch, "run", "429")
	p.await("attempt 1 failed", 1)
	p.signal(syscall.SIGINT)
	code, text := p.wait()
	for _, want := range []string{
		"interrupted", "error: the execution 429-",
		" is still running unwatched", "next: retrycatch inspect --watch 429-",
	} {
		if code != 1 || !strings.Contains(text, want) {
			t.Errorf("got exit code %d, want 1 and %q:\n%s", code, want, text)
		}
	}
}

func TestCtrlCEndsAQuestion(t *testing.T) {
	t.Parallel()
	o := deployOriginal(t)
	c := newCloud(t)
	c.bootstrap(t, o)
	c.create(t, o.template)
	p := startOnTerminal(t, c.environ(), "destroy")
	p.await("[y/N] ", 1)
	p.enter(ctrlC)
	if code, text := p.wait(); code != 1 || !strings.Contains(text, "interrupted") {
		t.Errorf("got exit code %d, want 1 and \"interrupted\":\n%s", code, text)
	}
	c.must(t, 0, "status").contains(t, "is CREATE_COMPLETE")
}
