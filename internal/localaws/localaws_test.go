package localaws

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"retrycatch/internal/problem"
)

const project = "../.."

// parentVariable names the environment variable that makes this test binary act as the parent in
// TestServerParentKilled.
const parentVariable = "RETRYCATCH_TEST_PLAY_PARENT"

func TestMain(m *testing.M) {
	os.Unsetenv("AWS_ENDPOINT_URL") // tests must not use the user's endpoint
	if os.Getenv(parentVariable) != "" {
		server, err := Open(context.Background(), Options{Project: project, Region: "eu-west-1"})
		if err != nil {
			panic(err)
		}
		os.Stdout.WriteString(server.Endpoint + " " + server.folder + "\n")
		select {}
	}
	os.Exit(m.Run())
}

func mustOpen(t *testing.T) *Server {
	t.Helper()
	server, err := Open(t.Context(), Options{Project: project, Region: "eu-west-1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// TestServer checks that a server listens only on loopback, and that Close stops all its processes
// and removes its files.
func TestServer(t *testing.T) {
	t.Parallel()
	server := mustOpen(t)
	address := parseHost(t, server.Endpoint)
	if host, _, _ := net.SplitHostPort(address); host != "127.0.0.1" {
		t.Errorf("got host %s, want 127.0.0.1", host)
	}
	_, port, _ := net.SplitHostPort(address)
	for _, ip := range otherAddresses(t) {
		if connection, err := net.DialTimeout("tcp", net.JoinHostPort(ip, port), time.Second); err == nil {
			connection.Close()
			t.Errorf("the server also accepts connections at %s", ip)
		}
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(server.folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder %s still exists: %v", server.folder, err)
	}
	if connection, err := net.DialTimeout("tcp", address, time.Second); err == nil {
		connection.Close()
		t.Error("the server still accepts connections")
	}
	if err := syscall.Kill(-server.process.cmd.Process.Pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the server's process group still exists: %v", err)
	}
}

func TestServerParentKilled(t *testing.T) {
	t.Parallel()
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentVariable+"=1")
	output, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	endpoint, folder, _ := strings.Cut(strings.TrimSpace(line), " ")
	// The server closes the connection when it exits.
	connection, err := net.Dial("tcp", parseHost(t, endpoint))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	if err := connection.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(connection); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal("the server outlives its parent")
	}
	if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder %s still exists: %v", folder, err)
	}
}

func TestCloseEndedServer(t *testing.T) {
	t.Parallel()
	server, err := Open(t.Context(), Options{Project: project, Region: "eu-west-1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(-server.process.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-server.process.exited
	if err := server.Close(); err == nil || !strings.Contains(err.Error(), "stopped unexpectedly") ||
		!strings.Contains(err.Error(), "Running on") {
		t.Errorf("got error %v, want one that contains the server's log", err)
	}
	if _, err := os.Stat(server.folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder %s still exists: %v", server.folder, err)
	}
}

func TestTwoServers(t *testing.T) {
	t.Parallel()
	if a, b := mustOpen(t), mustOpen(t); a.Endpoint == b.Endpoint {
		t.Errorf("both servers have the endpoint %s", a.Endpoint)
	}
}

func TestOpenNotInstalled(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), Options{Project: t.TempDir(), Region: "eu-west-1"})
	p := (*problem.Problem)(nil)
	if !errors.As(err, &p) || !strings.Contains(p.Next, "make setup") {
		t.Fatalf("got error %v, want a problem whose next step is make setup", err)
	}
}

func TestOpenServerExitsEarly(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	python := filepath.Join(folder, ".venv", "bin", "python")
	if err := os.MkdirAll(filepath.Dir(python), 0o700); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(folder, "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho something is broken >&2\nexit 3\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	// cp writes the file, because a file that is open for writing cannot be executed. A process
	// that another test starts could inherit the open file from this process.
	if output, err := exec.CommandContext(t.Context(), "cp", script, python).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	_, err := Open(t.Context(), Options{Project: folder, Region: "eu-west-1"})
	if err == nil || !strings.Contains(err.Error(), "something is broken") {
		t.Fatalf("got error %v, want it to contain the log", err)
	}
}

func parseHost(t *testing.T, endpoint string) string {
	t.Helper()
	address, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := strconv.Atoi(address.Port()); err != nil {
		t.Fatalf("%s has no port", endpoint)
	}
	return address.Host
}

// otherAddresses returns the IPv4 addresses of this machine, except loopback.
func otherAddresses(t *testing.T) []string {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	var others []string
	for _, address := range addresses {
		if network, ok := address.(*net.IPNet); ok && !network.IP.IsLoopback() && network.IP.To4() != nil {
			others = append(others, network.IP.String())
		}
	}
	return others
}

func TestOpenAccount(t *testing.T) {
	t.Parallel()
	server, err := Open(t.Context(), Options{Project: project, Region: "eu-west-1", Account: "123456789012"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	cfg := aws.Config{Region: server.Region, BaseEndpoint: &server.Endpoint,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}
	identity, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if *identity.Account != "123456789012" {
		t.Errorf("got account %s, want 123456789012", *identity.Account)
	}
}

func TestSkipWaits(t *testing.T) {
	t.Parallel()
	for skipWaits, want := range map[bool]string{false: "SFN_WAIT_SCALE=1", true: "SFN_WAIT_SCALE=0"} {
		if environ := (&Server{skipWaits: skipWaits}).serverEnviron(1, ""); !slices.Contains(environ, want) {
			t.Errorf("SkipWaits %v: got environment %q, want it to contain %s", skipWaits, environ, want)
		}
	}
}
