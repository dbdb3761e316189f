package e2e

import (
	"bufio"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"retrycatch/internal/scenario"
)

// demoEnviron returns an environment that names a profile of a real account. It also returns the
// temporary folder and the home folder, in which a test can find leftover files.
func demoEnviron(t *testing.T) (environ []string, folders []string) {
	t.Helper()
	temporary, home, cache := t.TempDir(), t.TempDir(), userCache(t)
	return append(os.Environ(), "TMPDIR="+temporary, "HOME="+home,
		"GOCACHE="+goEnv(t, "GOCACHE"), "GOMODCACHE="+goEnv(t, "GOMODCACHE"), "XDG_CACHE_HOME="+cache,
		"JSII_RUNTIME_PACKAGE_CACHE_ROOT="+filepath.Join(cache, "aws", "jsii", "package-cache"),
		"AWS_PROFILE=production", "AWS_SESSION_TOKEN=token", "AWS_ENDPOINT_URL="), []string{temporary, home}
}

// userCache returns the user's cache folder. With an empty cache, the CDK's runtime unpacks its
// library and retrycatch compiles Graphviz, which takes eleven seconds.
func userCache(t *testing.T) string {
	t.Helper()
	folder, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func goEnv(t *testing.T, variable string) string {
	t.Helper()
	output, err := exec.Command("go", "env", variable).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(output))
}

var endpointMessage = regexp.MustCompile(`A local AWS is running at (http://127\.0\.0\.1:\d+)`)

// The demo succeeds, although the home folder contains an organization's CDK settings.
func TestDemo(t *testing.T) {
	t.Parallel()
	environ, folders := demoEnviron(t)
	settings := filepath.Join(folders[1], ".cdk.json")
	if err := os.WriteFile(settings, []byte(organizationSettings), 0o600); err != nil {
		t.Fatal(err)
	}
	r := runCommand(t, environ, retrycatch, "demo")
	if r.code != 0 {
		t.Fatalf("got exit code %d, want 0:\n%s\n%s", r.code, r.stderr, r.stdout)
	}
	if n := strings.Count(r.stdout, "✓ as expected"); n != len(scenario.All()) {
		t.Errorf("got %d scenarios marked \"as expected\", want %d:\n%s", n, len(scenario.All()), r.stdout)
	}
	r.wantText(t, "attempt 3, after 2.0 s")
	r.wantText(t, "retrycatch-report.html")
	r.wantText(t, "✓ The account has exactly the resources that it had before the deployment")
	if strings.Contains(r.stdout+r.stderr, "\x1b") {
		t.Error("got control sequences, want none without a terminal")
	}
	found := endpointMessage.FindStringSubmatch(r.stderr)
	if found == nil {
		t.Fatalf("the demo does not name the endpoint of the local AWS:\n%s", r.stderr)
	}
	if err := os.Remove(settings); err != nil {
		t.Fatal(err)
	}
	requireNoLeftovers(t, found[1], folders)
}

func TestDemoInterrupted(t *testing.T) {
	t.Parallel()
	environ, folders := demoEnviron(t)
	cmd := exec.CommandContext(t.Context(), retrycatch, "demo")
	cmd.Dir, cmd.Env = repository, environ
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	endpoint, text := "", ""
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		text += lines.Text() + "\n"
		if found := endpointMessage.FindStringSubmatch(lines.Text()); found != nil {
			endpoint = found[1]
		}
		// Interrupt the demo during a backoff, while executions run.
		if strings.Contains(lines.Text(), "429 ") && strings.Contains(lines.Text(), "attempt 1 failed") {
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("got exit code %d, want 1", code)
	}
	const want = "interrupted\nerror: the demo was interrupted, and its local AWS has stopped\n  next: retrycatch demo\n"
	if !strings.HasSuffix(text, want) || strings.Contains(text, "Write a report") {
		t.Errorf("got\n%s\nwant no report, and at the end\n%s", text, want)
	}
	requireNoLeftovers(t, endpoint, folders)
}

func requireNoLeftovers(t *testing.T, endpoint string, folders []string) {
	t.Helper()
	server, err := url.Parse(endpoint)
	if err != nil || server.Host == "" {
		t.Fatalf("%q is not the URL of an endpoint: %v", endpoint, err)
	}
	if connection, err := net.DialTimeout("tcp", server.Host, time.Second); err == nil {
		connection.Close()
		t.Errorf("a server still listens on %s", server.Host)
	}
	for _, folder := range folders {
		_ = filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && !isCacheFile(strings.TrimPrefix(path, folder)) {
				t.Errorf("the demo left the file %s behind", path)
			}
			return nil
		})
	}
}

// isCacheFile reports whether a path belongs to a cache of Go, Node, npm or the CDK.
func isCacheFile(path string) bool {
	for _, cache := range []string{
		"/.cache/", "/node-compile-cache/", "/.config/go/", "/.npm/", "/.cdk/cache/fingerprints/", "/Library/Caches/",
	} {
		if strings.HasPrefix(path, cache) {
			return true
		}
	}
	return false
}
