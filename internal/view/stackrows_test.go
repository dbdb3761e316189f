package view

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
	"retrycatch/internal/teardown"
)

var (
	boardRole     = resource.Resource{Kind: resource.Role, ID: "lambda_basic_execution"}
	boardFunction = resource.Resource{Kind: resource.Function, ID: "MockAPIFunction"}
	boardStart    = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
)

func plannedResources() []PlannedResource {
	return []PlannedResource{{Resource: boardRole}, {Resource: boardFunction, LogicalID: "Function"}}
}

// eventAt returns an event of a resource, the given number of seconds after boardStart.
func eventAt(second float64, logicalID string, r resource.Resource, status string) inventory.Event {
	return inventory.Event{
		Resource:  r,
		LogicalID: logicalID,
		Status:    types.ResourceStatus(status),
		At:        boardStart.Add(time.Duration(second * float64(time.Second))),
	}
}

func stackEventAt(second float64, status string) inventory.Event {
	e := eventAt(second, "retrycatch", resource.Resource{Kind: "AWS::CloudFormation::Stack", ID: "arn"}, status)
	e.OfStack = true
	return e
}

// linesAfter applies events to rows of planned resources. It returns the lines that a terminal
// shows at the given second. Each event arrives one second late.
func linesAfter(planned []PlannedResource, second float64, columns, maxLines int, events ...inventory.Event) string {
	rows := newStackRows(planned)
	for _, e := range events {
		rows.applyEvent(e, e.At.Add(time.Second))
	}
	lines := rows.lines(boardStart.Add(time.Duration(second*float64(time.Second))), columns, maxLines)
	return ansi.Strip(strings.Join(lines, "\n"))
}

func TestStackRows(t *testing.T) {
	t.Parallel()
	const waiting = "· Lambda function  MockAPIFunction         waiting\n"
	unnamed := resource.Resource{Kind: resource.Function}
	metadata := resource.Resource{Kind: "AWS::CDK::Metadata"}
	begin := stackEventAt(0, "CREATE_IN_PROGRESS")
	creating := eventAt(1, "Role", boardRole, "CREATE_IN_PROGRESS")
	created := eventAt(3.5, "Role", boardRole, "CREATE_COMPLETE")
	for name, test := range map[string]struct {
		planned []PlannedResource
		events  []inventory.Event
		want    string
	}{
		"before the first change": {plannedResources(), []inventory.Event{begin},
			"9 s  stack retrycatch: CREATE_IN_PROGRESS"},
		"in progress": {plannedResources(), []inventory.Event{begin, creating},
			"● IAM role         lambda_basic_execution  creating 8 s\n" + waiting +
				"0/2  9 s  stack retrycatch: CREATE_IN_PROGRESS"},
		"repeated event": {plannedResources(), []inventory.Event{begin, creating, creating},
			"● IAM role         lambda_basic_execution  creating 8 s\n" + waiting +
				"0/2  9 s  stack retrycatch: CREATE_IN_PROGRESS"},
		"done": {
			plannedResources(),
			[]inventory.Event{begin, creating, created, eventAt(4, "Function", unnamed, "CREATE_IN_PROGRESS")},
			"✓ IAM role         lambda_basic_execution  created in 2.5 s\n" +
				"● Lambda function  MockAPIFunction         creating 5 s\n" +
				"1/2  9 s  stack retrycatch: CREATE_IN_PROGRESS",
		},
		"failed": {
			plannedResources(),
			[]inventory.Event{begin, creating, eventAt(3.5, "Role", boardRole, "CREATE_FAILED"),
				stackEventAt(4, "ROLLBACK_IN_PROGRESS")},
			"✗ IAM role         lambda_basic_execution  not created (2.5 s)\n" + waiting +
				"0/2  9 s  stack retrycatch: ROLLBACK_IN_PROGRESS",
		},
		"update": {
			plannedResources(),
			[]inventory.Event{stackEventAt(0, "UPDATE_IN_PROGRESS"), eventAt(1, "Role", boardRole, "UPDATE_COMPLETE")},
			"✓ IAM role  lambda_basic_execution  updated\n1 done  9 s  stack retrycatch: UPDATE_IN_PROGRESS",
		},
		"unplanned": {nil, []inventory.Event{creating},
			"● IAM role  lambda_basic_execution  creating 8 s\n0 done  8 s"},
		"unknown name": {nil, []inventory.Event{eventAt(1, "Function", unnamed, "CREATE_IN_PROGRESS")},
			"● Lambda function  Function  creating 8 s\n0 done  8 s"},
		"kept": {nil, []inventory.Event{eventAt(1, "Role", boardRole, "DELETE_SKIPPED")},
			"✓ IAM role  lambda_basic_execution  kept\n1 done  8 s"},
		"CDK metadata": {nil, []inventory.Event{begin, eventAt(1, "M", metadata, "CREATE_COMPLETE")},
			"9 s  stack retrycatch: CREATE_IN_PROGRESS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, linesAfter(test.planned, 10, 79, 23, test.events...)); diff != "" {
				t.Errorf("the lines differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStackRowsApplyCheck(t *testing.T) {
	t.Parallel()
	rows := newStackRows(plannedResources())
	rows.applyEvent(eventAt(1, "Role", boardRole, "DELETE_COMPLETE"), boardStart)
	rows.applyCheck(teardown.Item{Resource: boardRole, State: teardown.Gone}, boardStart)
	rows.applyCheck(teardown.Item{Resource: boardFunction, State: teardown.Remaining}, boardStart)
	want := "✓ IAM role         lambda_basic_execution  gone\n· Lambda function  MockAPIFunction         left\n" +
		"1/2  2 s  checking each service"
	lines := rows.lines(boardStart.Add(2*time.Second), 79, 23)
	if diff := cmp.Diff(want, ansi.Strip(strings.Join(lines, "\n"))); diff != "" {
		t.Errorf("the lines differ (-want +got):\n%s", diff)
	}
}

// On a terminal with few rows, the board prefers changing resources. Its footer counts the hidden
// resources.
func TestStackRowsOnShortTerminal(t *testing.T) {
	t.Parallel()
	var many []PlannedResource
	for n := range 9 {
		role := resource.Resource{Kind: resource.Role, ID: fmt.Sprint("role-", n)}
		many = append(many, PlannedResource{Resource: role, LogicalID: fmt.Sprint("Role", n)})
	}
	events := []inventory.Event{eventAt(0, "Role0", resource.Resource{Kind: resource.Role}, "CREATE_COMPLETE"),
		eventAt(0, "Role7", resource.Resource{Kind: resource.Role}, "CREATE_IN_PROGRESS")}
	want := "· IAM role  role-1  waiting\n● IAM role  role-7  creating 9 s\n1/9  9 s  (7 more)"
	if diff := cmp.Diff(want, linesAfter(many, 10, 79, 3, events...)); diff != "" {
		t.Errorf("the lines differ (-want +got):\n%s", diff)
	}
}

// Names are not truncated if the terminal has at least 80 columns.
func TestStackRowsOnNarrowTerminal(t *testing.T) {
	t.Parallel()
	long := resource.Resource{Kind: resource.LogGroup, ID: "/aws/vendedlogs/states/MyAPIStateMachine"}
	for columns := 40; columns <= 200; columns++ {
		planned := []PlannedResource{{Resource: long}, {Resource: boardFunction}}
		shown := linesAfter(planned, 10, columns, 23, eventAt(0, "Logs", long, "CREATE_IN_PROGRESS"))
		line, _, _ := strings.Cut(shown, "\n")
		if ansi.StringWidth(line) > columns || !strings.HasSuffix(line, "creating 9 s") {
			t.Errorf("%d columns: got %q, want a line that fits and ends with its progress", columns, line)
		}
		if columns >= 80 && !strings.Contains(line, long.ID) {
			t.Errorf("%d columns: got %q, want the whole name", columns, line)
		}
	}
}

// Shortened names are distinct.
func TestStackRowsWithLongNames(t *testing.T) {
	t.Parallel()
	var alarms []PlannedResource
	names := []string{"executions-failed", "executions-throttled", "executions-timed-out", "function-errors",
		"function-throttles"}
	for _, name := range names {
		alarm := resource.Resource{Kind: resource.Alarm, ID: "retrycatch-abcdefghijklmnop-" + name}
		alarms = append(alarms, PlannedResource{Resource: alarm})
	}
	for _, columns := range []int{40, 60, 79} {
		rows := newStackRows(alarms)
		rows.changed = true
		seen := map[string]bool{}
		for _, line := range rows.lines(boardStart, columns, 20)[:len(names)] {
			if n := ansi.StringWidth(line); n > columns || seen[line] {
				t.Errorf("%d columns: got %q with %d columns, want a distinct line that fits", columns, line, n)
			}
			seen[line] = true
		}
	}
}
