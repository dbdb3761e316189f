//go:build smoke

package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
)

// destroyed is the document of destroy --output json.
type destroyed struct {
	Resources []struct{ Type, Name, Now, Why string }
}

// deploy deploys a stage to the first region, or to the regions in the arguments.
func (s *suite) deploy(ctx context.Context, stage string, more ...string) error {
	s.mu.Lock()
	for _, region := range s.regions {
		if region == s.regions[0] || slices.ContainsFunc(more, isRegions) {
			s.deployed[stage+" "+region]++
		}
	}
	s.mu.Unlock()
	_, err := s.retrycatch(ctx, 0, append([]string{"deploy", "--yes", "--stage", stage}, more...)...)
	return err
}

// destroy destroys a stage in the first region, or in the region in the arguments. The command must
// prove that every resource is gone. destroy returns the number of resources.
func (s *suite) destroy(ctx context.Context, stage string, more ...string) (n int, err error) {
	args := []string{"destroy", "--yes", "--output", "json", "--stage", stage}
	r, err := s.retrycatch(ctx, 0, append(args, more...)...)
	if err != nil {
		return 0, err
	}
	proof, err := decode[destroyed](r)
	if err != nil {
		return 0, err
	}
	for _, found := range proof.Resources {
		if found.Now != "gone" {
			return 0, fmt.Errorf("the %s %s is %s: %s", found.Type, found.Name, found.Now, found.Why)
		}
	}
	expected := len(resource.Expected(deployment.Deployment{Observability: true}.Stacks()[0].Names, resource.Location{}))
	if n = len(proof.Resources); n < expected {
		return n, fmt.Errorf("got proof for %d resources, want at least %d", n, expected)
	}
	return n, nil
}

func deployAndDestroy(ctx context.Context, s *suite) (string, error) {
	n := 0
	for round := range s.rounds {
		before, err := inventory.ReadAccount(ctx, s.cfg())
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
		if _, _, err := s.compare(ctx, s.regions[0], before); err != nil {
			return "", fmt.Errorf("round %d: %w", round+1, err)
		}
	}
	return fmt.Sprintf("%d resources proved gone each time", n), nil
}

// runs is the document of run --output json.
type runs struct {
	AsExpected bool
	Executions []struct {
		TraceID string
		Steps   []struct{ Attempts []struct{} }
	}
}

// attempts counts the calls of the function.
func (r runs) attempts() (n int) {
	for _, execution := range r.Executions {
		for _, step := range execution.Steps {
			n += len(step.Attempts)
		}
	}
	return n
}

// share deploys the stage that several checks use, unless it is deployed.
func (s *suite) share(ctx context.Context) error {
	if s.shared {
		return nil
	}
	err := s.deploy(ctx, runStage)
	s.shared = err == nil
	return err
}

// execute runs a scenario, or all.
func (s *suite) execute(ctx context.Context, scenario, stage string, more ...string) (runs, error) {
	args := []string{"run", scenario, "--output", "json", "--stage", stage}
	r, err := s.retrycatch(ctx, 0, append(args, more...)...)
	if err != nil {
		return runs{}, err
	}
	document, err := decode[runs](r)
	if err == nil && !document.AsExpected {
		err = errors.New("an execution did not behave as expected")
	}
	return document, err
}

func runAll(ctx context.Context, s *suite) (string, error) {
	if err := s.share(ctx); err != nil {
		return "", err
	}
	ran, err := s.execute(ctx, "all", runStage)
	s.attempts += ran.attempts()
	if err == nil && len(ran.Executions) != 4 {
		err = fmt.Errorf("got %d executions, want 4", len(ran.Executions))
	}
	return fmt.Sprintf("%d executions as expected", len(ran.Executions)), err
}

// joinTrace finds an execution's log line of the function by the trace ID, as in
// docs/observability.md. Logs arrive after some seconds.
func joinTrace(ctx context.Context, s *suite) (detail string, err error) {
	if err := s.share(ctx); err != nil {
		return "", err
	}
	ran, err := s.execute(ctx, "200", runStage)
	s.attempts += ran.attempts()
	if err != nil {
		return "", err
	}
	traceID := ran.Executions[0].TraceID
	err = poll(ctx, "still no log line has the execution's trace ID", func() (bool, error) {
		found, err := s.lines(ctx, fmt.Sprintf(`{ $.traceId = "%s" }`, traceID))
		if err != nil {
			return false, err
		}
		for _, line := range found {
			if line.TraceID == traceID {
				detail = "found by filter-log-events"
				return true, nil
			}
		}
		all, err := s.lines(ctx, "")
		if err == nil && len(all) >= s.attempts { // all lines have arrived
			err = &notApplicable{"the trace IDs of log lines and executions differ"}
		}
		return false, err
	})
	return detail, err
}

// logLine is a log line of the function.
type logLine struct{ Message, TraceID string }

// lines reads the function's log lines that match a filter, without Lambda's own lines.
func (s *suite) lines(ctx context.Context, filter string) (lines []logLine, err error) {
	group := names(runStage).FunctionLogs
	input := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group}
	if filter != "" {
		input.FilterPattern = &filter
	}
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(cloudwatchlogs.NewFromConfig(s.cfg()), input)
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

// measured is the document of run --count --output json.
type measured struct {
	AsExpected     bool
	ThrottledCalls int
	Total          struct {
		Executions, Attempts int
		Seconds              struct{ P95 float64 }
	}
}

func runLoad(ctx context.Context, s *suite) (string, error) {
	if err := s.share(ctx); err != nil {
		return "", err
	}
	r, err := s.retrycatch(ctx, 0, "run", "--count", "50", "--concurrency", "10",
		"--output", "json", "--stage", runStage)
	if err != nil {
		return "", err
	}
	load, err := decode[measured](r)
	s.attempts += load.Total.Attempts
	if err == nil && (!load.AsExpected || load.Total.Executions != 50) {
		err = fmt.Errorf("got %d executions (all as expected: %t), want 50", load.Total.Executions, load.AsExpected)
	}
	detail := fmt.Sprintf("50 executions, p95 %.1f s, %d calls throttled", load.Total.Seconds.P95, load.ThrottledCalls)
	return detail, err
}
