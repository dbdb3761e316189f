package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// coldStart starts a function as Lambda does, and gives the time from there to its first answer, and the memory that it
// occupies then: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
func coldStart(ctx context.Context, command ...string) (cost, error) {
	const event, want, prefix = `{"statuscode":"200"}`, `"200 OK"`, "/2018-06-01/runtime/invocation/"
	answers, settled := make(chan string, 1), make(chan time.Time, 1)
	var answered time.Time
	api := http.NewServeMux()
	api.HandleFunc("GET "+prefix+"next", func(w http.ResponseWriter, r *http.Request) {
		if !answered.IsZero() { // there is no other event
			settled <- answered
			<-r.Context().Done()
			return
		}
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "1")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(time.Minute).UnixMilli(), 10))
		_, _ = io.WriteString(w, event) // a function that is gone shows below
	})
	api.HandleFunc("POST "+prefix+"1/response", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		answered = time.Now()
		answers <- string(body)
		w.WriteHeader(http.StatusAccepted)
	})
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return cost{}, err
	}
	server := &http.Server{Handler: api}
	go func() { _ = server.Serve(listener) }() // until it is closed
	defer server.Close()

	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String()}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return cost{}, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() { _ = cmd.Process.Kill(); <-ended }() //nolint:errcheck // the process was killed
	select {
	case at := <-settled:
		if answer := <-answers; answer != want {
			return cost{}, fmt.Errorf("%s answers %s", command[0], answer)
		}
		memory, err := resident(cmd.Process.Pid)
		return cost{seconds: at.Sub(began).Seconds(), bytes: memory}, err
	case err := <-ended:
		ended <- err
		return cost{}, fmt.Errorf("%s has ended without an answer: %w", command[0], errors.Join(err, ctx.Err()))
	case <-time.After(time.Minute):
		return cost{}, fmt.Errorf("%s does not answer", command[0])
	}
}

// resident is the memory of a running process in bytes.
func resident(pid int) (float64, error) {
	output, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return 0, fmt.Errorf("ps: %w", err)
	}
	kibibytes, err := strconv.ParseFloat(strings.TrimSpace(string(output)), 64)
	return 1024 * kibibytes, err
}

// zipped is the size of the zip of an executable in bytes.
func zipped(folder string) (float64, error) {
	content, err := os.ReadFile(filepath.Join(folder, "bootstrap"))
	if err != nil {
		return 0, err
	}
	size := counter(0)
	archive := zip.NewWriter(&size)
	entry, err := archive.Create("bootstrap")
	if err == nil {
		_, err = entry.Write(content)
	}
	err = errors.Join(err, archive.Close())
	return float64(size), err
}

// counter counts the bytes that are written.
type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }
