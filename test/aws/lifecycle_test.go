//go:build smoke

package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
	"retrycatch/internal/scenario"
)

// destroyDocument is part of the document of destroy --output json.
type destroyDocument struct {
	Resources []struct{ Type, Name, Now, Why string }
}

// deploy deploys a stage to the first region, or to the regions in the arguments.
func (s *suite) deploy(ctx context.Context, stage string, args ...string) error {
	s.mu.Lock()
	for _, region := range s.regions {
		if region == s.regions[0] || slices.ContainsFunc(args, isRegionsOption) {
			s.deployments[stage+" "+region]++
		}
	}
	s.mu.Unlock()
	_, err := s.retrycatch(ctx, 0, append([]string{"deploy", "--yes", "--stage", stage}, args...)...)
	return err
}

// destroy destroys a stage in the first region, or in the region in the arguments. It returns the
// number of removed resources. It returns an error unless the command proves that all are gone.
func (s *suite) destroy(ctx context.Context, stage string, args ...string) (n int, err error) {
	command := []string{"destroy", "--yes", "--output", "json", "--stage", stage}
	r, err := s.retrycatch(ctx, 0, append(command, args...)...)
	if err != nil {
		return 0, err
	}
	document, err := decode[destroyDocument](r)
	if err != nil {
		return 0, err
	}
	for _, found := range document.Resources {
		if found.Now != "gone" {
			return 0, fmt.Errorf("%s %s: got %s (%s), want gone", found.Type, found.Name, found.Now, found.Why)
		}
	}
	expected := len(resource.Expected(deployment.Deployment{Observability: true}.Stacks()[0].Names, resource.Location{}))
	if n = len(document.Resources); n < expected {
		return n, fmt.Errorf("got proof for %d resources, want at least %d", n, expected)
	}
	return n, nil
}

func deployAndDestroy(ctx context.Context, s *suite) (string, error) {
	n := 0
	for round := range s.rounds {
		before, err := inventory.ReadAccount(ctx, s.config())
		if err != nil {
			return "", err
		}
		err = s.deploy(ctx, roundsStage)
		if err == nil {
			n, err = s.destroy(ctx, roundsStage)
		}
		if err != nil {
			return "", fmt.Errorf("round %d: %w", round+1, err)
		}
		if _, _, err := s.awaitInventory(ctx, s.regions[0], before); err != nil {
			return "", fmt.Errorf("round %d: %w", round+1, err)
		}
	}
	return fmt.Sprintf("%d resources confirmed gone in each round", n), nil
}

// runDocument is part of the document of run --output json.
type runDocument struct {
	AsExpected bool
	Executions []struct {
		TraceID string
		Started time.Time
	}
}

// deployShared deploys runStage, which several checks share, unless it is already deployed.
func (s *suite) deployShared(ctx context.Context) error {
	if s.sharedDeployed {
		return nil
	}
	err := s.deploy(ctx, runStage)
	s.sharedDeployed = err == nil
	return err
}

// runScenario runs one scenario, or all. It returns an error if an execution does not behave as
// expected.
func (s *suite) runScenario(ctx context.Context, scenario, stage string, args ...string) (runDocument, error) {
	command := []string{"run", scenario, "--output", "json", "--stage", stage}
	r, err := s.retrycatch(ctx, 0, append(command, args...)...)
	if err != nil {
		return runDocument{}, err
	}
	document, err := decode[runDocument](r)
	if err == nil && !document.AsExpected {
		err = errors.New("an execution did not behave as expected")
	}
	return document, err
}

func runAll(ctx context.Context, s *suite) (string, error) {
	if err := s.deployShared(ctx); err != nil {
		return "", err
	}
	ran, err := s.runScenario(ctx, "all", runStage)
	if err == nil && len(ran.Executions) != len(scenario.All()) {
		err = fmt.Errorf("got %d executions, want %d", len(ran.Executions), len(scenario.All()))
	}
	return fmt.Sprintf("%d executions as expected", len(ran.Executions)), err
}

// findLogByTrace runs the function, and finds its log line by the execution's trace ID, as
// described in docs/observability.md. CloudWatch Logs shows a line only after a few seconds.
func findLogByTrace(ctx context.Context, s *suite) (detail string, err error) {
	if err := s.deployShared(ctx); err != nil {
		return "", err
	}
	ran, err := s.runScenario(ctx, "200", runStage)
	if err != nil {
		return "", err
	}
	traceID, since := ran.Executions[0].TraceID, ran.Executions[0].Started
	err = poll(ctx, "no log line has the execution's trace ID", func() (bool, error) {
		found, err := s.functionLogs(ctx, since, fmt.Sprintf(`{ $.traceId = "%s" }`, traceID))
		if err != nil {
			return false, err
		}
		hasTraceID := func(line logLine) bool { return line.TraceID == traceID }
		if slices.ContainsFunc(found, hasTraceID) {
			detail = "found by filter-log-events"
			return true, nil
		}
		lines, err := s.functionLogs(ctx, since, "")
		// Only this execution has invoked the function since its start.
		if err == nil && len(lines) > 0 && !slices.ContainsFunc(lines, hasTraceID) {
			err = &notApplicableError{"the trace IDs of log lines and executions differ"}
		}
		return false, err
	})
	return detail, err
}

// logLine is part of a log line of the function.
type logLine struct{ Message, TraceID string }

// functionLogs reads the function's log lines that match the filter, starting at the given time. It
// omits the lines that Lambda itself writes.
func (s *suite) functionLogs(ctx context.Context, since time.Time, filter string) (lines []logLine, err error) {
	group := resourceNames(runStage).FunctionLogs
	input := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group, StartTime: aws.Int64(since.UnixMilli())}
	if filter != "" {
		input.FilterPattern = &filter
	}
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(cloudwatchlogs.NewFromConfig(s.config()), input)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, event := range page.Events {
			var line logLine
			if json.Unmarshal([]byte(*event.Message), &line) == nil && strings.HasPrefix(line.TraceID, "1-") {
				lines = append(lines, line)
			}
		}
	}
	return lines, nil
}

// loadDocument is part of the document of run --count --output json.
type loadDocument struct {
	AsExpected     bool
	ThrottledCalls int
	Total          struct {
		Executions int
		Seconds    struct{ P95 float64 }
	}
}

func runLoad(ctx context.Context, s *suite) (string, error) {
	if err := s.deployShared(ctx); err != nil {
		return "", err
	}
	r, err := s.retrycatch(ctx, 0, "run", "--count", strconv.Itoa(loadCount), "--concurrency", "10",
		"--output", "json", "--stage", runStage)
	if err != nil {
		return "", err
	}
	load, err := decode[loadDocument](r)
	if err == nil && (!load.AsExpected || load.Total.Executions != loadCount) {
		err = fmt.Errorf("got %d executions (all as expected: %t), want %d as expected",
			load.Total.Executions, load.AsExpected, loadCount)
	}
	detail := fmt.Sprintf("%d executions, p95 %.1f s, %d calls throttled",
		loadCount, load.Total.Seconds.P95, load.ThrottledCalls)
	return detail, err
}
