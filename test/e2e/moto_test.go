package e2e

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/inventory"
)

// moto (https://docs.getmoto.org) is an independent local AWS. Its CloudFormation does not support
// alarms, so the test deploys without observability. moto runs functions only in Docker, so the
// test starts no execution.
func TestMoto(t *testing.T) {
	t.Parallel()
	const withoutAlarms = "observability=off"
	m := startMoto(t)

	if status := decode[statusDocument](t, m.mustRun(t, "status", "--output", "json")); status.Deployed {
		t.Fatal("the new moto already has a deployment")
	}
	m.bootstrap(t)
	before := m.resources(t)
	m.cdkApp = cdkAppVariable(t, withoutAlarms)
	m.mustRun(t, "deploy", "--yes", "-c", withoutAlarms)
	got, removed := m.resources(t).Difference(before)
	if diff := cmp.Diff(addedWithoutMonitoring, got); diff != "" || len(removed) > 0 {
		t.Errorf("resources added by the deployment (removed: %q) (-want +got):\n%s", removed, diff)
	}
	m.mustRun(t, "deploy", "--yes", "-c", withoutAlarms).wantText(t, "CloudFormation has nothing to change.")

	status := decode[statusDocument](t, m.mustRun(t, "status", "--output", "json"))
	count := resourceCountWithoutMonitoring
	if !status.Deployed || !status.Healthy || status.Status != "CREATE_COMPLETE" || len(status.Resources) != count {
		t.Errorf("status: got %+v, want a healthy deployment of %d resources", status, count)
	}
	checkProof(t, decode[destroyDocument](t, m.mustRun(t, "destroy", "--yes", "--output", "json")), count)
	if diff := cmp.Diff(before, m.resources(t)); diff != "" {
		t.Errorf("the account changed (-before +after):\n%s", diff)
	}
	m.mustRun(t, "destroy", "--yes").wantText(t, "There is nothing to destroy")
}

// motoAccount is the ID of the account that moto simulates.
const motoAccount = "123456789012"

// moto is a running moto server.
type moto struct {
	endpoint string
	config   aws.Config
	cdkApp   string // the result of cdkAppVariable
}

// runLocal runs a program with "retrycatch local". The endpoint is moto.
func (m *moto) runLocal(t *testing.T, program ...string) result {
	t.Helper()
	environ := append(os.Environ(), "AWS_ENDPOINT_URL="+m.endpoint)
	return runCommand(t, environ, retrycatch, append([]string{"local", "--region", region, "--"}, program...)...)
}

// mustRun runs retrycatch, and fails the test unless it exits with code 0.
func (m *moto) mustRun(t *testing.T, args ...string) result {
	t.Helper()
	program := []string{retrycatch}
	if m.cdkApp != "" { // retrycatch local removes CDK settings from the environment
		program = []string{"env", m.cdkApp, retrycatch}
	}
	r := m.runLocal(t, append(program, args...)...)
	if r.code != 0 {
		t.Fatalf("retrycatch %s: got exit code %d, want 0\n%s\n%s", strings.Join(args, " "), r.code, r.stderr, r.stdout)
	}
	return r
}

// bootstrap runs cdk bootstrap outside the project, so that the CDK CLI does not synthesize the
// app.
func (m *moto) bootstrap(t *testing.T) {
	t.Helper()
	cdk := filepath.Join(repository, "node_modules", ".bin", "cdk")
	r := m.runLocal(t, "sh", "-c", `cd "$0" && exec "$1" bootstrap "$2"`,
		t.TempDir(), cdk, "aws://"+motoAccount+"/"+region)
	if r.code != 0 {
		t.Fatalf("cdk bootstrap: got exit code %d, want 0:\n%s\n%s", r.code, r.stderr, r.stdout)
	}
}

func (m *moto) resources(t *testing.T) inventory.Account {
	t.Helper()
	return (&cloud{config: m.config}).resources(t)
}

// serveMoto starts moto on a free port. The server stops when its standard input closes, which
// happens at the latest when the test process ends.
const serveMoto = `
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from moto.server import main
main(["--host", "127.0.0.1", "--port", "0"])
`

var motoPort = regexp.MustCompile(`Running on http://127\.0\.0\.1:(\d+)`)

func startMoto(t *testing.T) *moto {
	t.Helper()
	cmd := exec.Command(filepath.Join(repository, "test", ".venv", "bin", "python"), "-c", serveMoto)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("cannot start moto (\"make test-setup\" installs it): %v", err)
	}
	lines := bufio.NewScanner(log)
	drained := make(chan struct{})
	t.Cleanup(func() {
		_ = stdin.Close()
		<-drained
		_ = cmd.Wait()
	})
	text := ""
	for lines.Scan() {
		text += lines.Text() + "\n"
		if found := motoPort.FindStringSubmatch(lines.Text()); found != nil {
			// moto logs each request, and a full pipe would block moto.
			go func() {
				for lines.Scan() {
				}
				close(drained)
			}()
			// moto reads a template from its own S3 only if the host in the URL is localhost.
			endpoint := "http://localhost:" + found[1]
			return &moto{endpoint: endpoint, config: aws.Config{
				Region:       region,
				BaseEndpoint: &endpoint,
				Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
			}}
		}
	}
	close(drained)
	t.Fatalf("moto did not start:\n%s", text)
	return nil
}
