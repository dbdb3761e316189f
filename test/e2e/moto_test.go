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

// moto (https://docs.getmoto.org) is a local AWS of other authors: what it and MiniStack both accept is less likely to be
// the mistake of one. Its CloudFormation knows no alarms, and it runs functions in Docker only: so the deployment is without
// observability, and nothing is run.
func TestASecondLocalAWSGetsTheSameDeploymentAndGivesItBack(t *testing.T) {
	t.Parallel()
	const withoutAlarms = "observability=off"
	m := startMoto(t)

	if empty := decode[statusDocument](t, m.must(t, "status", "--output", "json")); empty.Deployed {
		t.Fatal("something is deployed on a fresh moto")
	}
	m.bootstrap(t)
	before := m.holds(t)
	m.app = assembly(t, withoutAlarms)
	m.must(t, "deploy", "--yes", "-c", withoutAlarms)
	come, gone := m.holds(t).Difference(before)
	want := []string{"IAM role lambda_basic_execution", "IAM role step_functions_basic_execution", "Lambda function MockAPIFunction",
		"log group /aws/lambda/MockAPIFunction", "log group /aws/vendedlogs/states/MyAPIStateMachine", "stack retrycatch",
		"state machine MyAPIStateMachine"}
	if diff := cmp.Diff(want, come); diff != "" || len(gone) > 0 {
		t.Errorf("the deployment did not create what it should (gone: %q):\n%s", gone, diff)
	}
	m.must(t, "deploy", "--yes", "-c", withoutAlarms).says(t, "CloudFormation has nothing to change.")

	status := decode[statusDocument](t, m.must(t, "status", "--output", "json"))
	if !status.Deployed || !status.Healthy || status.Status != "CREATE_COMPLETE" || len(status.Resources) != 6 {
		t.Errorf("the status is %+v", status)
	}
	proof := decode[destroyDocument](t, m.must(t, "destroy", "--yes", "--output", "json"))
	if len(proof.Resources) != 6 {
		t.Errorf("%d resources are proved to be gone, expected 6", len(proof.Resources))
	}
	for _, resource := range proof.Resources {
		if !resource.Gone || resource.Kept || resource.Proof == "" {
			t.Errorf("%s %s is not proved to be gone: %q", resource.Type, resource.Name, resource.Proof)
		}
	}
	if diff := cmp.Diff(before, m.holds(t)); diff != "" {
		t.Errorf("the account is not what it was before the deployment:\n%s", diff)
	}
	m.must(t, "destroy", "--yes").says(t, "There is nothing to destroy")
}

// motoAccount is the account that moto plays.
const motoAccount = "123456789012"

// moto is a running moto and the way to use it.
type moto struct {
	endpoint string
	config   aws.Config
	app      string // as of a cloud
}

// inside runs a program with retrycatch local, which attaches to moto as to any endpoint of the user's own.
func (m *moto) inside(t *testing.T, program ...string) result {
	t.Helper()
	environ := append(os.Environ(), "AWS_ENDPOINT_URL="+m.endpoint)
	return runCommand(t, environ, retrycatch, append([]string{"local", "--region", region, "--"}, program...)...)
}

// must runs retrycatch, which has to succeed.
func (m *moto) must(t *testing.T, args ...string) result {
	t.Helper()
	program := []string{retrycatch}
	if m.app != "" { // inside, as retrycatch local takes every setting of the CDK away
		program = []string{"env", m.app, retrycatch}
	}
	r := m.inside(t, append(program, args...)...)
	if r.code != 0 {
		t.Fatalf("retrycatch %s ended with exit code %d\n%s\n%s", strings.Join(args, " "), r.code, r.stderr, r.stdout)
	}
	return r
}

// bootstrap does what a user of plain CDK does first. Outside the project nothing is synthesized for it.
func (m *moto) bootstrap(t *testing.T) {
	t.Helper()
	cdk := filepath.Join(repository, "node_modules", ".bin", "cdk")
	r := m.inside(t, "sh", "-c", `cd "$0" && exec "$1" bootstrap "$2"`, t.TempDir(), cdk, "aws://"+motoAccount+"/"+region)
	if r.code != 0 {
		t.Fatalf("cdk bootstrap ended with exit code %d:\n%s\n%s", r.code, r.stderr, r.stdout)
	}
}

func (m *moto) holds(t *testing.T) inventory.Account {
	t.Helper()
	return (&cloud{config: m.config}).holds(t)
}

// serveMoto lets the kernel choose the port, and ends with its standard input: with the test, however that ends.
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
	alive, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: make test installs moto", err)
	}
	lines := bufio.NewScanner(log)
	drained := make(chan struct{})
	t.Cleanup(func() {
		_ = alive.Close()
		<-drained
		_ = cmd.Wait()
	})
	text := ""
	for lines.Scan() {
		text += lines.Text() + "\n"
		if found := motoPort.FindStringSubmatch(lines.Text()); found != nil {
			// It listens already. It logs each request, and would stop with a full pipe.
			go func() {
				for lines.Scan() {
				}
				close(drained)
			}()
			// moto finds a template in its own S3 by this name of the host, and not by its number.
			endpoint := "http://localhost:" + found[1]
			return &moto{endpoint: endpoint, config: aws.Config{Region: region, BaseEndpoint: &endpoint,
				Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}}
		}
	}
	close(drained)
	t.Fatalf("moto does not start:\n%s", text)
	return nil
}
