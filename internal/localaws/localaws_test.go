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

// playParent makes this test binary open a server, print its endpoint and wait, as a parent to
// kill.
const playParent = "RETRYCATCH_TEST_PLAY_PARENT"

func TestMain(m *testing.M) {
	os.Unsetenv("AWS_ENDPOINT_URL") // of the user; some tests set it
	if os.Getenv(playParent) != "" {
		server, err := Open(context.Background(), Options{Project: project, Region: "eu-west-1"})
		if err != nil {
			panic(err)
		}
		os.Stdout.WriteString(server.Endpoint + " " + server.folder + "\n")
		select {}
	}
	os.Exit(m.Run())
}

func open(t *testing.T) *Server {
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

// TestServer checks that a server listens only on loopback, and that Close removes everything.
func TestServer(t *testing.T) {
	t.Parallel()
	server := open(t)
	address := hostOf(t, server.Endpoint)
	if host, _, _ := net.SplitHostPort(address); host != "127.0.0.1" {
		t.Errorf("got the host %s, want 127.0.0.1", host)
	}
	_, port, _ := net.SplitHostPort(address)
	for _, ip := range otherAddresses(t) {
		if connection, err := net.DialTimeout("tcp", net.JoinHostPort(ip, port), time.Second); err == nil {
			connection.Close()
			t.Errorf("the server also answers at %s", ip)
		}
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(server.folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder %s is still there: %v", server.folder, err)
	}
	if connection, err := net.DialTimeout("tcp", address, time.Second); err == nil {
		connection.Close()
		t.Error("the server still answers")
	}
	if err := syscall.Kill(-server.process.cmd.Process.Pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("processes of the server's group are left: %v", err)
	}
}

func TestServerParentKilled(t *testing.T) {
	t.Parallel()
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), playParent+"=1")
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
	// The connection ends with the server.
	connection, err := net.Dial("tcp", hostOf(t, endpoint))
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
		t.Errorf("the folder %s is still there: %v", folder, err)
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
	if err := server.Close(); err == nil || !strings.Contains(err.Error(), "has ended by itself") ||
		!strings.Contains(err.Error(), "Running on") {
		t.Errorf("got the error %v, want the end of the server with its log", err)
	}
	if _, err := os.Stat(server.folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder %s is still there: %v", server.folder, err)
	}
}

func TestTwoServers(t *testing.T) {
	t.Parallel()
	if a, b := open(t), open(t); a.Endpoint == b.Endpoint {
		t.Errorf("got the endpoint %s twice", a.Endpoint)
	}
}

func TestOpenNotInstalled(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), Options{Project: t.TempDir(), Region: "eu-west-1"})
	p := (*problem.Problem)(nil)
	if !errors.As(err, &p) || !strings.Contains(p.Next, "make setup") {
		t.Fatalf("got the error %v, want a problem with the next step make setup", err)
	}
}

func TestOpenEndsEarly(t *testing.T) {
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
	// A file that is open for writing cannot be executed. If this process wrote the file, a process
	// that another test starts could inherit it open.
	if output, err := exec.CommandContext(t.Context(), "cp", script, python).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	_, err := Open(t.Context(), Options{Project: folder, Region: "eu-west-1"})
	if err == nil || !strings.Contains(err.Error(), "something is broken") {
		t.Fatalf("got the error %v, want the end of the log in it", err)
	}
}

func hostOf(t *testing.T, endpoint string) string {
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

// otherAddresses returns this machine's addresses other than loopback.
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
		t.Errorf("got the account %s, want 123456789012", *identity.Account)
	}
}

func TestNoWaits(t *testing.T) {
	t.Parallel()
	for noWaits, want := range map[bool]string{false: "SFN_WAIT_SCALE=1", true: "SFN_WAIT_SCALE=0"} {
		if environ := (&Server{noWaits: noWaits}).serverEnviron(1, ""); !slices.Contains(environ, want) {
			t.Errorf("NoWaits %v: got the environment %q, want %s in it", noWaits, environ, want)
		}
	}
}
