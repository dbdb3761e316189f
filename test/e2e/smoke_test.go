package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/test/faults"
)

// On a local AWS that behaves like AWS, every check of the smoke test passes, except those that the
// local AWS cannot support.
func TestSmoke(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	const second = "us-west-2"
	if r := runIn(t, t.TempDir(), c.environ(), filepath.Join(repository, "node_modules", ".bin", "cdk"), "bootstrap",
		"aws://"+c.account+"/"+region, "aws://"+c.account+"/"+second); r.code != 0 {
		t.Fatalf("cdk bootstrap: got exit code %d, want 0:\n%s", r.code, r.stderr)
	}
	proxy := faults.Start(t, c.server.Endpoint, faults.Options{Behaviors: faults.BenignBehaviors()})
	before := c.resources(t)
	r := c.runSmoke(t, proxy, "-account="+c.account, "-second-region="+second, "-rounds=1")
	t.Logf("%s%s", r.stdout, r.stderr)
	if r.code != 0 {
		t.Errorf("got exit code %d, want 0", r.code)
	}
	head, summary, _ := strings.Cut(r.stdout, "### make smoke")
	if strings.Contains(summary, c.account) || !strings.Contains(head, c.account) {
		t.Error("the account ID must appear above the summary, but not in the summary")
	}
	rows := regexp.MustCompile(`(?m)^\| (✓|✗|–) \| ([^|]*) \|`).FindAllStringSubmatch(summary, -1)
	var notPassed []string
	for _, row := range rows {
		if row[1] != "✓" {
			notPassed = append(notPassed, row[1]+" "+row[2])
		}
	}
	want := []string{"– a trace that links to its log line", "– an unconfirmed e-mail address", "– a permissions boundary"}
	if diff := cmp.Diff(want, notPassed); diff != "" {
		t.Errorf("checks that did not pass (-want +got):\n%s", diff)
	}
	checks := regexp.MustCompile(`(?m)^checks +([0-9]+):`).FindStringSubmatch(head)
	if checks == nil || checks[1] != "12" || len(rows) != 13 { // the last row is for the inventory
		t.Errorf("got the line %q and %d rows in the summary, want 12 checks and 13 rows", checks, len(rows))
	}
	if diff := cmp.Diff(before, c.resources(t)); diff != "" {
		t.Errorf("the account changed (-before +after):\n%s", diff)
	}
}

// A smoke test that refuses to start makes only read calls.
func TestRefusedSmoke(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	var calls []string
	for name, test := range map[string]struct {
		flags []string
		want  string
	}{
		"no account":          {nil, "ACCOUNT is not set"},
		"another account":     {[]string{"-account=123456789012"}, "the credentials belong to the account " + c.account},
		"no bootstrap":        {[]string{"-account=" + c.account}, "is not bootstrapped for the CDK in the region us-west-2"},
		"same region":         {[]string{"-account=" + c.account, "-second-region=" + region}, "are both " + region},
		"rounds not a number": {[]string{"-account=" + c.account, "-rounds=many"}, `ROUNDS cannot be "many"`},
	} {
		t.Run(name, func(t *testing.T) {
			proxy := faults.Start(t, c.server.Endpoint, faults.Options{})
			r := c.runSmoke(t, proxy, test.flags...)
			if r.code == 0 {
				t.Error("got exit code 0, want an error")
			}
			r.wantText(t, test.want)
			r.wantText(t, "next: ")
			for _, count := range proxy.Counts() {
				calls = append(calls, count.Operation)
			}
		})
	}
	for _, call := range calls {
		_, action, _ := strings.Cut(call, ":")
		if !slices.ContainsFunc([]string{"Get", "List", "Describe"}, func(verb string) bool {
			return strings.HasPrefix(action, verb)
		}) {
			t.Errorf("got a call to %s, want only read calls", call)
		}
	}
	if !slices.Contains(calls, "sts:GetCallerIdentity") {
		t.Error("the proxy recorded no call of sts:GetCallerIdentity")
	}
}

// runSmoke runs the smoke test through a proxy, with the flags that make smoke passes.
func (c *cloud) runSmoke(t *testing.T, proxy *faults.Proxy, flags ...string) result {
	t.Helper()
	args := append([]string{"-test.run=TestSmoke", "-test.parallel=10", "-program=" + retrycatch}, flags...)
	// The smoke test checks only the account of its own credentials, so the commands must ignore
	// this profile.
	environ := append(c.environThrough(proxy), "CDK_PROFILE=nobody")
	return runIn(t, filepath.Join(repository, "test", "aws"), environ, smokeTestBinary(t), args...)
}

// buildSmoke compiles the smoke test in test/aws.
var buildSmoke = sync.OnceValues(func() (program string, err error) {
	program = filepath.Join(scratch, "smoke.test")
	build := exec.Command("go", "test", "-c", "-tags=smoke", "-o", program, "retrycatch/test/aws")
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("cannot build the smoke test: %w\n%s", err, output)
	}
	return program, nil
})

func smokeTestBinary(t *testing.T) string {
	t.Helper()
	program, err := buildSmoke()
	if err != nil {
		t.Fatal(err)
	}
	return program
}
