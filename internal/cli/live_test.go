package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/load"
	"retrycatch/internal/session"
	"retrycatch/internal/workflow"
)

// deployedWaits are those of the project's definition.
func deployedWaits(t *testing.T) workflow.Waits {
	t.Helper()
	definition, err := os.ReadFile("../../statemachine/definition.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	quoted, err := json.Marshal(string(definition))
	if err != nil {
		t.Fatal(err)
	}
	stub := awsstub.New(t).On("SFN.DescribeStateMachine", awsstub.JSON(`{"definition": `+string(quoted)+`}`))
	waits, err := workflow.ReadWaits(context.Background(), stub.Config(), awsstub.StateMachineARN)
	if err != nil {
		t.Fatal(err)
	}
	return waits
}

func TestALineSaysWhatAnExecutionDoes(t *testing.T) {
	t.Parallel()
	waits, course := deployedWaits(t), awsstub.Course(awsstub.AWS, "429")
	tests := []struct {
		name   string
		events int
		after  time.Duration // the Start
		want   string
	}{
		{"nothing yet", 0, 0, "starting"},
		{"started", 1, 0, "starting"},
		{"the first attempt", 4, 0, "Call API (attempt 1)"},
		{"the first backoff", 5, 350 * time.Millisecond, "Call API (attempt 1) failed: TooManyRequestsException, again in 0.7 s"},
		{"at its end", 5, 2 * time.Second, "Call API (attempt 1) failed: TooManyRequestsException, again any moment"},
		{"the second attempt", 7, time.Second, "Call API (attempt 2)"},
		{"the second backoff", 8, 1600 * time.Millisecond, "Call API (attempt 2) failed: TooManyRequestsException, again in 1.5 s"},
		{"the last failure, before it is caught", 11, 3150 * time.Millisecond, "Call API (attempt 3)"},
		{"the wait", 13, 3650 * time.Millisecond, "Call API (3 attempts) → Wait and Try Later, goes on in 0.5 s"},
		{"the end", len(course), 0, "Call API (3 attempts) → Wait and Try Later → Change to 200 → Call API → OK → SUCCEEDED in 4.2 s"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := doing(history.New(course[:test.events]), waits, awsstub.Start.Add(test.after)); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestTheBoardIsDrawnInPlaceUntilItsEnd(t *testing.T) {
	t.Parallel()
	waits := deployedWaits(t)
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		runs := []*run{{label: "429"}, {label: "lost", err: context.Canceled}, {label: "input"}}
		b := newBoard(&out, 40, waits, runs)
		time.Sleep(redrawing * 5 / 2)
		b.changed(runs[0], history.New(awsstub.Course(awsstub.AWS, "429")))
		time.Sleep(redrawing)
		b.changed(runs[2], history.New(awsstub.Course(awsstub.AWS, "503")))
		b.end()
		frames := strings.Split(out.String(), ansi.CursorUp(2))
		var got []string
		for _, frame := range frames {
			for _, line := range strings.Split(frame, "\n") {
				if ansi.StringWidth(line) >= 40 {
					t.Errorf("a line of %d columns on a terminal of 40: %q", ansi.StringWidth(line), line)
				}
			}
			got = append(got, ansi.Strip(strings.ReplaceAll(frame, "\r", "")))
		}
		starting := "429    starting\ninput  starting\n"
		want := []string{starting, starting, "429    …l API → OK → SUCCEEDED in 4.2 s\ninput  starting\n",
			"429    …l API → OK → SUCCEEDED in 4.2 s\ninput  …LED: ServerUnavailable in 0.1 s\n"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// A notice stays on the terminal, above everything that is drawn in place.
func TestNoticeAboveDrawing(t *testing.T) {
	t.Parallel()
	const notice = "states:ListExecutions got no answer"
	tests := map[string]struct {
		draw func(c *console, out *bytes.Buffer) (end func())
		want string
	}{
		"board": {func(c *console, out *bytes.Buffer) func() {
			b := newBoard(out, 40, workflow.Waits{}, []*run{{label: "429"}, {label: "503"}})
			time.Sleep(redrawing * 3 / 2)
			c.redraw(b)
			return b.end
		}, "429  starting\n503  starting\n" + notice +
			"\n429  starting\n503  starting\n429  starting\n503  starting\n"},
		"meter": {func(c *console, out *bytes.Buffer) func() {
			m := &meter{line: &line{out: out, width: 30}, began: time.Now()}
			m.show(load.Counts{Total: 10, Started: 1})
			c.redraw(m.line)
			return m.end
		}, "░░░░░░░░░░░░░░░░░░░░   0 %  1" + notice + "\n" + "░░░░░░░░░░░░░░░░░░░░   0 %  1" +
			"░░░░░░░░░░░░░░░░░░░░   0 %  1\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				c := newConsole(Streams{In: strings.NewReader(""), Out: &out, Err: &out})
				end := test.draw(c, &out)
				c.notice(notice)
				c.redraw(nil)
				end()
				c.notice("later")
				got := strings.ReplaceAll(ansi.Strip(out.String()), "\r", "")
				if diff := cmp.Diff(test.want+"later\n", got); diff != "" {
					t.Error(diff)
				}
				if name == "board" && !strings.Contains(out.String(),
					ansi.CursorUp(2)+"\r"+ansi.EraseScreenBelow+notice) {
					t.Errorf("the board stays above the notice: %q", out.String())
				}
			})
		})
	}
}

func TestWithoutATerminalEachChangeIsALine(t *testing.T) {
	t.Parallel()
	c, out, stderr := consoleOf("")
	target := &target{Session: &session.Session{Config: awsstub.New(t).Config()}}
	runs := []*run{{label: "200"}, {label: "503"}}
	view := (&app{console: c}).newLiveView(t.Context(), target, awsstub.StateMachineARN, runs)
	var changing sync.WaitGroup
	for _, r := range runs {
		changing.Go(func() {
			course := awsstub.Course(awsstub.AWS, r.label)
			for n := range course {
				view.changed(r, history.New(course[:n+1]))
			}
		})
	}
	changing.Wait()
	view.end()
	got := map[string][]string{}
	for _, line := range strings.Split(strings.TrimSpace(stderr.String()), "\n") {
		label, change, _ := strings.Cut(line, " ")
		got[label] = append(got[label], change)
	}
	want := map[string][]string{"200": {"+0.0 s → Call API", "+0.1 s → OK", "+0.1 s SUCCEEDED"},
		"503": {"+0.0 s → Call API", "+0.1 s Call API: attempt 1 failed: ServerUnavailableException", "+0.1 s → Server Unavailable", "+0.1 s FAILED: ServerUnavailable"}}
	if diff := cmp.Diff(want, got); diff != "" || out.Len() > 0 {
		t.Errorf("standard output is %q; what is told differs (-want +got):\n%s", out, diff)
	}
}
