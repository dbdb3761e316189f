package view

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/inventory"
	"retrycatch/internal/teardown"
)

// newTestStackBoard returns a board that treats out as a terminal of 80 columns.
func newTestStackBoard(out *bytes.Buffer) *stackBoard {
	c := NewConsole(Streams{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: out})
	return &stackBoard{
		stackChanges: &stackChanges{console: c, rows: newStackRows(plannedResources())},
		region:       newTestRegion(out, 80, 24),
	}
}

func failedEvent() inventory.Event {
	e := eventAt(1, "Function", boardFunction, "CREATE_FAILED")
	e.Reason = "The code\nis too large"
	return e
}

func TestStackBoard(t *testing.T) {
	t.Parallel()
	role := eventAt(1, "Role", boardRole, "CREATE_IN_PROGRESS")
	const (
		roleRow     = "● IAM role         lambda_basic_execution  creating 5 s\n"
		functionRow = "· Lambda function  MockAPIFunction         waiting\n"
		live        = roleRow + functionRow + "0/2  5 s"
	)
	for name, test := range map[string]struct {
		action func(b *stackBoard)
		want   string
	}{
		"not ended": {func(*stackBoard) {}, live + "  creating"},
		"ended":     {func(b *stackBoard) { b.End() }, live},
		"erased":    {func(b *stackBoard) { b.Erase() }, ""},
		"line above, then end": {func(b *stackBoard) {
			b.Say("stopping")
			b.End()
		}, "stopping\n" + live},
		"failed resource, then end": {func(b *stackBoard) {
			b.Event(failedEvent())
			b.End()
		}, "✗ Lambda function MockAPIFunction: not created: The code is too large\n" + roleRow +
			"✗ Lambda function  MockAPIFunction         not created\n0/2  5 s"},
		"end, then line below": {func(b *stackBoard) {
			b.End()
			b.Say("later")
		}, live + "\nlater"},
		"paused": {func(b *stackBoard) { b.Pause() }, ""},
		"resumed": {func(b *stackBoard) {
			b.Pause()
			b.Step("creating")
			b.End()
		}, roleRow + functionRow + "0/2  0 s"},
		"ended while paused": {func(b *stackBoard) {
			b.Pause()
			b.End()
		}, ""},
		"checks": {func(b *stackBoard) {
			b.ShowItem(teardown.Item{Resource: boardRole, State: teardown.Gone})
			b.Waiting(1, 2)
		}, "✓ IAM role         lambda_basic_execution  gone\n" + functionRow +
			"1/2  5 s  waiting for 1 of 2 resources to disappear"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				b := newTestStackBoard(&out)
				b.Event(stackEventAt(0, "REVIEW_IN_PROGRESS"))
				if out.Len() > 0 {
					t.Errorf("after the creation of a change set: got %q, want no output", out.String())
				}
				b.Step("creating")
				b.Event(role)
				time.Sleep(5 * time.Second)
				test.action(b)
				time.Sleep(redrawInterval * 3 / 2)
				defer b.Erase()
				b.mu.Lock() // keeps the board from drawing
				defer b.mu.Unlock()
				if diff := cmp.Diff(test.want, screenText(t, out.String())); diff != "" {
					t.Errorf("the screen differs (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A deployment without changes leaves no board.
func TestStackBoardWithoutChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		b := newTestStackBoard(&out)
		b.Step("creating a change set")
		if got, want := screenText(t, out.String()), "0 s  creating a change set"; got != want {
			t.Errorf("during the step: got %q, want %q", got, want)
		}
		b.End()
		if got := screenText(t, out.String()); got != "" {
			t.Errorf("at the end: got %q, want an empty screen", got)
		}
	})
}

func TestStackLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, out, stderr := newTestConsole("")
		changes := c.NewStackChanges(plannedResources())
		changes.Step("creating a change set")
		changes.Event(stackEventAt(0, "CREATE_IN_PROGRESS"))
		changes.Event(eventAt(1, "Role", boardRole, "CREATE_IN_PROGRESS"))
		changes.Event(eventAt(1, "Function", boardFunction, "CREATE_IN_PROGRESS"))
		changes.Event(eventAt(3.5, "Role", boardRole, "CREATE_COMPLETE"))
		time.Sleep(unfinishedInterval * 3 / 2)
		changes.Event(failedEvent())
		failed := stackEventAt(4, "ROLLBACK_IN_PROGRESS")
		failed.Reason = "The following resource(s) failed to create: [Function]."
		changes.Event(failed)
		changes.ShowItem(teardown.Item{Resource: boardRole, State: teardown.Gone})
		for _, pending := range []int{2, 2, 1} {
			changes.Waiting(pending, 2)
		}
		changes.End()
		time.Sleep(2 * unfinishedInterval)
		want := `✓ IAM role lambda_basic_execution created in 2.5 s
Lambda function MockAPIFunction still creating 30 s
✗ Lambda function MockAPIFunction: not created: The code is too large
The stack retrycatch is ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: [Function].
Waiting for 2 of 2 resources to disappear.
Waiting for 1 of 2 resources to disappear.
`
		if out.Len() > 0 {
			t.Errorf("got standard output %q, want none", out)
		}
		if diff := cmp.Diff(want, stderr.String()); diff != "" {
			t.Errorf("standard error differs (-want +got):\n%s", diff)
		}
	})
}
