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
)

// environ is the environment of whoever runs the tests, with settings that would lead to a real account, and with folders
// for temporary files and the home that show what is left there.
func environ(t *testing.T) (environ []string, folders []string) {
	t.Helper()
	temporary, home := t.TempDir(), t.TempDir()
	built, modules := goFolder(t, "GOCACHE"), goFolder(t, "GOMODCACHE")
	return append(os.Environ(), "TMPDIR="+temporary, "HOME="+home, "GOCACHE="+built, "GOMODCACHE="+modules,
		"XDG_CACHE_HOME="+cache(t), "JSII_RUNTIME_PACKAGE_CACHE_ROOT="+filepath.Join(cache(t), "aws", "jsii", "package-cache"),
		"AWS_PROFILE=production", "AWS_SESSION_TOKEN=token", "AWS_ENDPOINT_URL="), []string{temporary, home}
}

// cache is where the CDK's runtime keeps the library that it has unpacked, which takes ten seconds, and retrycatch what lays out
// graphs, which takes one. Both stay there from one run to the next.
func cache(t *testing.T) string {
	t.Helper()
	folder, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func goFolder(t *testing.T, variable string) string {
	t.Helper()
	output, err := exec.Command("go", "env", variable).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(output))
}

var address = regexp.MustCompile(`A local AWS answers at (http://127\.0\.0\.1:\d+)`)

// The settings of an organization change nothing that the demo shows.
func TestTheDemoShowsEveryPathAndLeavesNothing(t *testing.T) {
	t.Parallel()
	environ, folders := environ(t)
	settings := filepath.Join(folders[1], ".cdk.json")
	if err := os.WriteFile(settings, []byte(organization), 0o600); err != nil {
		t.Fatal(err)
	}
	r := runCommand(t, environ, retrycatch, "demo")
	if r.code != 0 {
		t.Fatalf("it ended with exit code %d:\n%s\n%s", r.code, r.stderr, r.stdout)
	}
	if n := strings.Count(r.stdout, "✓ as expected"); n != 4 {
		t.Errorf("%d scenarios are as expected, expected 4:\n%s", n, r.stdout)
	}
	r.says(t, "attempt 3, after 2.0 s")
	r.says(t, "retrycatch-report.html")
	r.says(t, "✓ The account holds exactly what it held before the deployment")
	if strings.Contains(r.stdout+r.stderr, "\x1b") {
		t.Error("there are control sequences without a terminal")
	}
	found := address.FindStringSubmatch(r.stderr)
	if found == nil {
		t.Fatalf("it does not say where the local AWS was:\n%s", r.stderr)
	}
	if err := os.Remove(settings); err != nil {
		t.Fatal(err)
	}
	nothingIsLeft(t, found[1], folders)
}

func TestAnInterruptedDemoLeavesNothing(t *testing.T) {
	t.Parallel()
	environ, folders := environ(t)
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
		if found := address.FindStringSubmatch(lines.Text()); found != nil {
			endpoint = found[1]
		}
		// In the middle of a wait, with executions running.
		if strings.Contains(lines.Text(), "429 ") && strings.Contains(lines.Text(), "attempt 1 failed") {
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("it ended with exit code %d, expected 1", code)
	}
	if !strings.Contains(text, "interrupted") || strings.Contains(text, "✓ The account holds") {
		t.Errorf("it does not say that it was interrupted:\n%s", text)
	}
	nothingIsLeft(t, endpoint, folders)
}

func nothingIsLeft(t *testing.T, endpoint string, folders []string) {
	t.Helper()
	where, err := url.Parse(endpoint)
	if err != nil || where.Host == "" {
		t.Fatalf("%q is no endpoint: %v", endpoint, err)
	}
	if connection, err := net.DialTimeout("tcp", where.Host, time.Second); err == nil {
		connection.Close()
		t.Errorf("something still listens at %s", where.Host)
	}
	for _, folder := range folders {
		_ = filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && !usualCache(strings.TrimPrefix(path, folder)) {
				t.Errorf("a file is left: %s", path)
			}
			return nil
		})
	}
}

// usualCache knows what Go, Node and the CDK's own runtime keep from one run to the next.
func usualCache(path string) bool {
	for _, cache := range []string{"/.cache/", "/node-compile-cache/", "/.config/go/", "/.npm/", "/.cdk/cache/fingerprints/", "/Library/Caches/"} {
		if strings.HasPrefix(path, cache) {
			return true
		}
	}
	return false
}
