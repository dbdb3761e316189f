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

// environFor returns an environment that sets the AWS endpoint.
func environFor(t *testing.T, endpoint string) []string {
	t.Helper()
	home := t.TempDir()
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "AWS_ENDPOINT_URL=" + endpoint,
		"AWS_REGION=" + region, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=" + secretKey}
}

// startListener returns the URL of a server that accepts connections but never responds. retrycatch
// local needs no responses.
func startListener(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return "http://" + listener.Addr().String()
}

// retrycatch local ends with the exit code of its command, and prints no error or next step.
func TestLocalExitCode(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]int{
		"exit 0": 0, "exit 7": 7, "exit 130": 130, "kill -INT $$": 130, "kill -KILL $$": 137, "kill -TERM $$": 143,
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			r := runCommand(t, environFor(t, startListener(t)), retrycatch, "local", "--", "sh", "-c", script)
			if r.code != want {
				t.Errorf("got exit code %d, want %d", r.code, want)
			}
			requireNoErrorOutput(t, r.stderr+r.stdout)
		})
	}
}

func requireNoErrorOutput(t *testing.T, text string) {
	t.Helper()
	for _, unwanted := range []string{"next:", "error:", "interrupted"} {
		if strings.Contains(text, unwanted) {
			t.Errorf("the output contains %q:\n%s", unwanted, text)
		}
	}
}

// On Ctrl-C, the terminal signals the command that retrycatch local runs. The command itself
// decides whether to continue. For example, an interactive shell does.
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
			p := startOnTerminal(t, environFor(t, startListener(t)), append([]string{"local", "--"}, command...)...)
			p.awaitText("ready", 1)
			for n := range 2 {
				p.typeKeys(ctrlC)
				p.awaitText("not yet", n+1)
			}
			p.typeKeys("exit 5\n")
			code, text := p.wait()
			if code != 5 {
				t.Errorf("got exit code %d, want 5:\n%s", code, text)
			}
			requireNoErrorOutput(t, text)
		})
	}
	t.Run("shell with jobs", func(t *testing.T) {
		t.Parallel()
		p := startOnTerminal(t, append(environFor(t, startListener(t)), "PS1=> "), "local", "--", "bash", "--norc",
			"--noprofile", "-i")
		p.awaitText("> ", 1)
		p.typeKeys(`sh -c 'echo be""gin; exec sleep 1000'` + "\n")
		p.awaitText("begin", 1)
		p.typeKeys(ctrlC)
		p.awaitText("> ", 2)
		p.typeKeys("exit 6\n")
		if code, text := p.wait(); code != 6 {
			t.Errorf("got exit code %d, want 6:\n%s", code, text)
		}
	})
	t.Run("no trap", func(t *testing.T) {
		t.Parallel()
		p := startOnTerminal(t, environFor(t, startListener(t)), "local", "--", "sh", "-c", "echo ready; exec sleep 1000")
		p.awaitText("ready", 1)
		p.typeKeys(ctrlC)
		code, text := p.wait()
		if code != 130 {
			t.Errorf("got exit code %d, want 130:\n%s", code, text)
		}
		requireNoErrorOutput(t, text)
	})
}

// Without a terminal, retrycatch local forwards signals to its command.
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
			p := startDetached(t, environFor(t, startListener(t)), retrycatch, "local", "--", "sh", "-c", test.script)
			p.awaitText("ready", 1)
			p.signal(test.signal)
			code, text := p.wait()
			if code != test.want {
				t.Errorf("got exit code %d, want %d:\n%s", code, test.want, text)
			}
			requireNoErrorOutput(t, text)
		})
	}
}

// startDenyingEndpoint starts an endpoint that holds all calls until release is called, and then
// denies them. It reports each call, and each caller that disconnects before the release.
func startDenyingEndpoint(t *testing.T) (endpoint string, called, disconnected <-chan struct{}, release func()) {
	t.Helper()
	calls, callersGone, released := make(chan struct{}, 100), make(chan struct{}, 100), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // the server notices a disconnect only after the body is read
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

// A signal that was ignored when the command started does not interrupt the command.
func TestIgnoredSignals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prefix  string // what the shell runs before the command
		signal  syscall.Signal
		ignored bool
	}{
		"nohup, SIGHUP":           {"exec nohup", syscall.SIGHUP, true},
		"SIGHUP":                  {"exec", syscall.SIGHUP, false},
		"background job, SIGINT":  {`trap "" INT QUIT; exec`, syscall.SIGINT, true},
		"background job, SIGQUIT": {`trap "" INT QUIT; exec`, syscall.SIGQUIT, true},
		"SIGINT":                  {"exec", syscall.SIGINT, false},
		"SIGQUIT":                 {"exec", syscall.SIGQUIT, false},
		"nohup, SIGTERM":          {"exec nohup", syscall.SIGTERM, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			endpoint, called, disconnected, release := startDenyingEndpoint(t)
			defer release()
			p := startDetached(t, environFor(t, endpoint), "sh", "-c", test.prefix+" "+retrycatch+" status")
			<-called
			p.signal(test.signal)
			if !test.ignored {
				<-disconnected
			}
			release()
			code, text := p.wait()
			wantCode, want, unwanted := 1, "interrupted", "cannot call sts:GetCallerIdentity"
			if test.ignored {
				wantCode, want, unwanted = 2, unwanted, want
			}
			if code != wantCode || !strings.Contains(text, want) || strings.Contains(text, unwanted) {
				t.Errorf("got exit code %d, want %d, %q and no %q:\n%s", code, wantCode, want, unwanted, text)
			}
		})
	}
}

// An interrupted load reports how many executions were not started, and how many may still be
// running.
func TestInterruptedLoad(t *testing.T) {
	t.Parallel()
	b := deployBlueprint(t).withDelayedRetries(t)
	c := newCloud(t)
	c.bootstrap(t, b)
	c.create(t, b.template)
	for _, s := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGINT} {
		watching := make(chan struct{})
		once := sync.OnceFunc(func() { close(watching) })
		proxy := faults.Start(t, c.server.Endpoint, faults.Options{OnCall: func(operation string, _ int) {
			if operation == "states:GetExecutionHistory" {
				once()
			}
		}})
		p := startDetached(t, c.environThrough(proxy), retrycatch, "run", "429", "--count", "5", "--concurrency", "3")
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

// An interrupted run names the execution that is still running.
func TestInterruptedRun(t *testing.T) {
	t.Parallel()
	b := deployBlueprint(t).withDelayedRetries(t)
	c := newCloud(t)
	c.bootstrap(t, b)
	c.create(t, b.template)
	p := startDetached(t, c.environ(), retrycatch, "run", "429")
	p.awaitText("attempt 1 failed", 1)
	p.signal(syscall.SIGINT)
	code, text := p.wait()
	for _, want := range []string{
		"interrupted", "error: the execution 429-",
		" is still running", "next: retrycatch inspect --watch 429-",
	} {
		if code != 1 || !strings.Contains(text, want) {
			t.Errorf("got exit code %d, want 1 and %q:\n%s", code, want, text)
		}
	}
}

// On the user's own endpoint, an interrupted demo leaves its stack in place and says so.
func TestInterruptedDemoOnEndpoint(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	p := startDetached(t, c.environ(), retrycatch, "demo", "--region", region)
	p.awaitText("attempt 1 failed", 1)
	p.signal(syscall.SIGINT)
	code, text := p.wait()
	const want = "error: the demo was interrupted; the stack retrycatch is CREATE_COMPLETE\n" +
		"  next: retrycatch destroy --region " + region
	if code != 1 || !strings.Contains(text, want) || strings.Contains(text, "Clean up") {
		t.Errorf("got exit code %d, want 1, no cleanup and %q:\n%s", code, want, text)
	}
	c.mustRun(t, 0, "status").wantText(t, "is CREATE_COMPLETE")
}

func TestCtrlCDuringQuestion(t *testing.T) {
	t.Parallel()
	b := deployBlueprint(t)
	c := newCloud(t)
	c.bootstrap(t, b)
	c.create(t, b.template)
	p := startOnTerminal(t, c.environ(), "destroy")
	p.awaitText("[y/N] ", 1)
	p.typeKeys(ctrlC)
	if code, text := p.wait(); code != 1 || !strings.Contains(text, "interrupted") {
		t.Errorf("got exit code %d, want 1 and \"interrupted\":\n%s", code, text)
	}
	c.mustRun(t, 0, "status").wantText(t, "is CREATE_COMPLETE")
}
