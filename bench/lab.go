package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"retrycatch/internal/deployment"
	"retrycatch/internal/localaws"
	"retrycatch/lambda"
	"retrycatch/test/faults"
)

const (
	region = "eu-central-1" // region of the local AWS
	// defaultArchitecture selects the project's default. localaws selects the architecture of this
	// machine.
	defaultArchitecture = "CDK_CONTEXT=architecture=arm64"
)

// lab is the setup for all measurements: input files, programs, and a local AWS with the
// deployed project.
type lab struct {
	repository, scratch string
	server              *localaws.Server
}

func openLab(ctx context.Context, progress func(string, ...any)) (l *lab, err error) {
	l = &lab{}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.close())
		}
	}()
	if l.repository, err = os.Getwd(); err != nil {
		return l, err
	}
	if l.scratch, err = os.MkdirTemp("", "retrycatch-bench-"); err != nil {
		return l, err
	}
	// The benchmark must not deploy to the user's own endpoint, or start its thousands of
	// executions there.
	if err := os.Unsetenv("AWS_ENDPOINT_URL"); err != nil {
		return l, err
	}
	progress("building the project and deploying it to a local AWS that skips waits")
	options := localaws.Options{Project: l.repository, Region: region, SkipWaits: true}
	if l.server, err = localaws.Open(ctx, options); err != nil {
		return l, err
	}
	if err := l.build(ctx); err != nil {
		return l, err
	}
	if err := l.writeFiles(); err != nil {
		return l, err
	}
	if _, err = l.run(ctx, l.environ(), "bin/retrycatch", "deploy", "--yes"); err != nil {
		return l, err
	}
	_, err = l.run(ctx, l.environ(), loadCommand(reportExecutions)...)
	return l, err
}

func (l *lab) close() error {
	var err error
	if l.server != nil {
		err = l.server.Close()
	}
	return errors.Join(err, os.RemoveAll(l.scratch))
}

func (l *lab) path(name string) string { return filepath.Join(l.scratch, name) }

func (l *lab) writeFiles() error {
	for _, events := range historySizes {
		if err := writeHistory(l.historyFile(events), events); err != nil {
			return err
		}
	}
	for _, states := range definitionSizes {
		if err := writeDefinition(l.definitionFile(states), states); err != nil {
			return err
		}
	}
	return nil
}

// build builds the project's function and the minimal function for this machine, and the
// benchmark's own programs.
func (l *lab) build(ctx context.Context) error {
	commands := map[string]string{"mockapi": "retrycatch/lambda/mockapi", "bare": "retrycatch/bench/bare"}
	for folder, command := range commands {
		if err := os.Mkdir(l.path(folder), 0o755); err != nil {
			return err
		}
		if err := lambda.Build(ctx, command, l.path(folder), deployment.HostArchitecture()); err != nil {
			return err
		}
	}
	if _, err := l.run(ctx, l.environ(), "go", "build", "-o", l.scratch, "retrycatch/bench/decode",
		"retrycatch/bench/peak"); err != nil {
		return err
	}
	// The first synthesis compiles the app, which no measurement should include.
	_, err := l.run(ctx, l.environ(), l.synthSingleCommand()...)
	return err
}

// environ returns the environment for commands that use the local AWS.
func (l *lab) environ(variables ...string) (environ []string) {
	return append(l.server.Environ(), variables...)
}

// run runs a command in the repository and returns the elapsed seconds.
func (l *lab) run(ctx context.Context, environ []string, command ...string) (float64, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir, cmd.Env = l.repository, environ
	var stderr strings.Builder
	cmd.Stderr = &stderr
	began := time.Now()
	err := cmd.Run()
	took := time.Since(began)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, stderr.String())
	}
	return took.Seconds(), nil
}

// costUnderQuotas returns the cost of a command under the documented request quotas of Step
// Functions. The token buckets start full.
func (l *lab) costUnderQuotas(ctx context.Context, command ...string) (cost, error) {
	proxy, err := faults.Open(ctx, l.server.Endpoint, faults.Options{Behaviors: []faults.Behavior{faults.TokenBuckets(1)}})
	if err != nil {
		return cost{}, err
	}
	defer proxy.Close()
	return l.measureCost(ctx, l.environ("AWS_ENDPOINT_URL="+proxy.URL), command...)
}

// measureCost runs a command and returns its time and peak memory.
func (l *lab) measureCost(ctx context.Context, environ []string, command ...string) (c cost, err error) {
	file := l.path("peak.txt")
	if c.seconds, err = l.run(ctx, environ, append([]string{l.path("peak"), file}, command...)...); err != nil {
		return cost{}, err
	}
	content, err := os.ReadFile(file)
	if err == nil {
		c.bytes, err = strconv.ParseFloat(string(content), 64)
	}
	return c, err
}
