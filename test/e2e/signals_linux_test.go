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

// pretended returns an environment in which an endpoint takes the place of AWS.
func pretended(t *testing.T, endpoint string) []string {
	t.Helper()
	home := t.TempDir()
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "AWS_ENDPOINT_URL=" + endpoint,
		"AWS_REGION=" + region, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=" + secretKey}
}

// open returns an endpoint that accepts connections, which is all that local asks for.
func open(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return "http://" + listener.Addr().String()
}

// local ends like its command, and adds no advice.
func TestLocalEndsLikeItsCommand(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]int{
		"exit 0": 0, "exit 7": 7, "exit 130": 130, "kill -INT $$": 130, "kill -KILL $$": 137, "kill -TERM $$": 143,
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			r := runCommand(t, pretended(t, open(t)), retrycatch, "local", "--", "sh", "-c", script)
			if r.code != want {
				t.Errorf("it ends with exit code %d, expected %d", r.code, want)
			}
			withoutAdvice(t, r.stderr+r.stdout)
		})
	}
}

func withoutAdvice(t *testing.T, text string) {
	t.Helper()
	for _, advice := range []string{"next:", "error:", "interrupted"} {
		if strings.Contains(text, advice) {
			t.Errorf("it says %q:\n%s", advice, text)
		}
	}
}

// Ctrl-C reaches the command through the terminal, and a shell goes on after it.
func TestLocalGoesOnAfterCtrlC(t *testing.T) {
	t.Parallel()
	for name, command := range map[string][]string{
		"a script": {"sh", "-c",
			`trap 'echo "not" yet' INT; echo "re"ady; until read line; do :; done; $line`},
		"an interactive shell": {"bash", "--norc", "--noprofile", "-i", "-c",
			`trap 'echo "not" yet' INT; echo "re"ady; until read line; do :; done; $line`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := beginOnTerminal(t, pretended(t, open(t)), append([]string{"local", "--"}, command...)...)
			p.await("ready", 1)
			for n := range 2 {
				p.enter(ctrlC)
				p.await("not yet", n+1)
			}
			p.enter("exit 5\n")
			code, text := p.end()
			if code != 5 {
				t.Errorf("it ends with exit code %d:\n%s", code, text)
			}
			withoutAdvice(t, text)
		})
	}
	t.Run("a shell with jobs", func(t *testing.T) {
		t.Parallel()
		p := beginOnTerminal(t, append(pretended(t, open(t)), "PS1=> "), "local", "--", "bash", "--norc",
			"--noprofile", "-i")
		p.await("> ", 1)
		p.enter(`sh -c 'echo be""gin; exec sleep 1000'` + "\n")
		p.await("begin", 1)
		p.enter(ctrlC)
		p.await("> ", 2)
		p.enter("exit 6\n")
		if code, text := p.end(); code != 6 {
			t.Errorf("it ends with exit code %d:\n%s", code, text)
		}
	})
	t.Run("a command that ends", func(t *testing.T) {
		t.Parallel()
		p := beginOnTerminal(t, pretended(t, open(t)), "local", "--", "sh", "-c", "echo ready; exec sleep 1000")
		p.await("ready", 1)
		p.enter(ctrlC)
		code, text := p.end()
		if code != 130 {
			t.Errorf("it ends with exit code %d:\n%s", code, text)
		}
		withoutAdvice(t, text)
	})
}

// Without a terminal, local passes a signal on.
func TestLocalPassesSignalsOn(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		signal syscall.Signal
		script string
		want   int
	}{
		"an interrupt":  {syscall.SIGINT, "echo ready; exec sleep 1000", 130},
		"a quit":        {syscall.SIGQUIT, "echo ready; exec sleep 1000", 131},
		"a hangup":      {syscall.SIGHUP, "echo ready; exec sleep 1000", 129},
		"a termination": {syscall.SIGTERM, "echo ready; exec sleep 1000", 143},
		"a command with a trap": {syscall.SIGTERM,
			"trap 'exit 9' TERM; echo ready; sleep 1000 >/dev/null 2>&1 & wait", 9},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := begin(t, pretended(t, open(t)), retrycatch, "local", "--", "sh", "-c", test.script)
			p.await("ready", 1)
			p.signal(test.signal)
			code, text := p.end()
			if code != test.want {
				t.Errorf("it ends with exit code %d, expected %d:\n%s", code, test.want, text)
			}
			withoutAdvice(t, text)
		})
	}
}

// held returns an endpoint whose first call waits for the test, and is then denied.
func held(t *testing.T) (endpoint string, called, gone <-chan struct{}, release func()) {
	t.Helper()
	calls, left, free := make(chan struct{}, 100), make(chan struct{}, 100), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the server does not notice that the caller has gone
		calls <- struct{}{}
		select {
		case <-free:
		case <-r.Context().Done():
			left <- struct{}{}
			return
		}
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>")
	}))
	t.Cleanup(server.Close)
	return server.URL, calls, left, sync.OnceFunc(func() { close(free) })
}

// The disposition of a signal when a process starts decides whether the signal interrupts it.
func TestIgnoredSignalsStayIgnored(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before  string // of a shell
		signal  syscall.Signal
		ignored bool
	}{
		"nohup":             {"nohup", syscall.SIGHUP, true},
		"a hangup":          {"", syscall.SIGHUP, false},
		"a background job":  {`trap "" INT QUIT;`, syscall.SIGINT, true},
		"a background quit": {`trap "" INT QUIT;`, syscall.SIGQUIT, true},
		"an interrupt":      {"", syscall.SIGINT, false},
		"a quit":            {"", syscall.SIGQUIT, false},
		"nohup, terminated": {"nohup", syscall.SIGTERM, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			endpoint, called, gone, release := held(t)
			defer release()
			run := test.before + " exec " + retrycatch + " status"
			if test.before == "nohup" {
				run = "exec nohup " + retrycatch + " status"
			}
			p := begin(t, pretended(t, endpoint), "sh", "-c", run)
			<-called
			p.signal(test.signal)
			if !test.ignored {
				<-gone
			}
			release()
			code, text := p.end()
			interrupted := strings.Contains(text, "interrupted")
			denied := strings.Contains(text, "may not call sts:GetCallerIdentity")
			if want := map[bool]int{true: 2, false: 1}[test.ignored]; code != want || interrupted == test.ignored ||
				denied != test.ignored {
				t.Errorf("it ends with exit code %d:\n%s", code, text)
			}
		})
	}
}

func TestInterruptedLoadAccountsForAll(t *testing.T) {
	t.Parallel()
	o := deployOriginal(t).delayed(t)
	c := newCloud(t)
	c.bootstrap(t, o)
	c.create(t, o.template)
	for _, s := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGINT} {
		waiting := make(chan struct{})
		once := sync.OnceFunc(func() { close(waiting) })
		proxy := faults.Start(t, c.server.Endpoint, faults.Options{OnCall: func(operation string, _ int) {
			if operation == "states:GetExecutionHistory" {
				once()
			}
		}})
		p := begin(t, c.through(proxy), retrycatch, "run", "429", "--count", "5", "--concurrency", "3")
		<-waiting
		p.signal(s)
		code, text := p.end()
		for _, want := range []string{"interrupted", "2 executions were not started",
			"up to 3 executions may run on", "stop-execution"} {
			if code != 1 || !strings.Contains(text, want) {
				t.Errorf("after %v it ends with exit code %d and does not say %q:\n%s", s, code, want, text)
			}
		}
	}
}

func TestInterruptedRunNamesWhatGoesOn(t *testing.T) {
	t.Parallel()
	o := deployOriginal(t).delayed(t)
	c := newCloud(t)
	c.bootstrap(t, o)
	c.create(t, o.template)
	p := begin(t, c.environ(), retrycatch, "run", "429")
	p.await("attempt 1 failed", 1)
	p.signal(syscall.SIGINT)
	code, text := p.end()
	for _, want := range []string{"interrupted", "To stop it: aws stepfunctions stop-execution", "error: the execution 429-",
		" goes on without being watched", "next: retrycatch inspect --watch 429-"} {
		if code != 1 || !strings.Contains(text, want) {
			t.Errorf("it ends with exit code %d and does not say %q:\n%s", code, want, text)
		}
	}
}

func TestCtrlCEndsAQuestion(t *testing.T) {
	t.Parallel()
	o := deployOriginal(t)
	c := newCloud(t)
	c.bootstrap(t, o)
	c.create(t, o.template)
	p := beginOnTerminal(t, c.environ(), "destroy")
	p.await("[y/N] ", 1)
	p.enter(ctrlC)
	if code, text := p.end(); code != 1 || !strings.Contains(text, "interrupted") {
		t.Errorf("it ends with exit code %d:\n%s", code, text)
	}
	if r := c.must(t, 0, "status"); !strings.Contains(r.stderr, "is CREATE_COMPLETE") {
		t.Errorf("the stack is not what it was:\n%s", r.stderr)
	}
}
