package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// coldStart starts a function as Lambda does. It returns the time until the first response, and the
// resident memory after that response.
func coldStart(ctx context.Context, command ...string) (cost, error) {
	api, err := serveRuntimeAPI(`{"statuscode":"200"}`)
	if err != nil {
		return cost{}, err
	}
	defer api.close()

	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "AWS_LAMBDA_RUNTIME_API=" + api.address}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return cost{}, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() { _ = cmd.Process.Kill(); <-ended }() //nolint:errcheck // the process was killed
	select {
	case r := <-api.finished:
		if want := `"200 OK"`; r.text != want {
			return cost{}, fmt.Errorf("%q returned %s, want %s", command[0], r.text, want)
		}
		memory, err := residentBytes(cmd.Process.Pid)
		return cost{seconds: r.at.Sub(began).Seconds(), bytes: memory}, err
	case err := <-ended:
		ended <- err
		return cost{}, fmt.Errorf("%q exited without a response: %w", command[0], errors.Join(err, ctx.Err()))
	case <-time.After(time.Minute):
		return cost{}, fmt.Errorf("%q did not respond within a minute", command[0])
	}
}

// residentBytes returns the resident memory of a process.
func residentBytes(pid int) (float64, error) {
	output, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return 0, fmt.Errorf("ps: %w", err)
	}
	kibibytes, err := strconv.ParseFloat(strings.TrimSpace(string(output)), 64)
	return 1024 * kibibytes, err
}

// zippedBytes returns the compressed size of a function's executable.
func zippedBytes(folder string) (float64, error) {
	content, err := os.ReadFile(filepath.Join(folder, "bootstrap"))
	if err != nil {
		return 0, err
	}
	size := byteCounter(0)
	archive := zip.NewWriter(&size)
	entry, err := archive.Create("bootstrap")
	if err == nil {
		_, err = entry.Write(content)
	}
	err = errors.Join(err, archive.Close())
	return float64(size), err
}

// byteCounter counts the bytes written to it.
type byteCounter int64

func (c *byteCounter) Write(p []byte) (int, error) { *c += byteCounter(len(p)); return len(p), nil }
