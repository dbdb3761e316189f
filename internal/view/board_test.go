package view

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/asl"
	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/load"
	"retrycatch/internal/scenario"
	"retrycatch/internal/workflow"
	"retrycatch/statemachine"
)

// projectResumesAt returns workflow.ResumesAt for the project's definition.
func projectResumesAt(t *testing.T) func(history.Step) time.Time {
	t.Helper()
	definition, err := asl.Parse([]byte(statemachine.Definition))
	if err != nil {
		t.Fatal(err)
	}
	return func(step history.Step) time.Time { return workflow.ResumesAt(definition, step) }
}

// unknownTime returns the zero time for every step.
func unknownTime(history.Step) time.Time { return time.Time{} }

// newRun returns a run of the scenario with this name, or a run without a scenario.
func newRun(name string) *scenario.Run {
	for _, s := range scenario.All() {
		if s.Name == name {
			return &scenario.Run{Scenario: &s}
		}
	}
	return &scenario.Run{}
}

func TestProgressLine(t *testing.T) {
	t.Parallel()
	resumesAt, recorded := projectResumesAt(t), awsstub.ScenarioEvents(awsstub.AWS, "429")
	tests := []struct {
		name   string
		events int
		after  time.Duration // time since the start
		want   string
	}{
		{"no events", 0, 0, "starting"},
		{"started", 1, 0, "starting"},
		{"first attempt", 4, 0, "Call API (attempt 1)"},
		{"first backoff", 5, 350 * time.Millisecond,
			"Call API (attempt 1) failed: TooManyRequestsException, retry in 0.7 s"},
		{"backoff is overdue", 5, 2 * time.Second,
			"Call API (attempt 1) failed: TooManyRequestsException, retry any moment"},
		{"second attempt", 7, time.Second, "Call API (attempt 2)"},
		{"second backoff", 8, 1600 * time.Millisecond,
			"Call API (attempt 2) failed: TooManyRequestsException, retry in 1.5 s"},
		{"last attempt failed", 11, 3150 * time.Millisecond, "Call API (attempt 3)"},
		{"Wait state", 13, 3650 * time.Millisecond, "Call API ↻3 → Wait and Try Later, continues in 0.5 s"},
		{"ended", len(recorded), 0,
			"Call API ↻3 → Wait and Try Later → Change to 200 → Call API → OK → ✓ SUCCEEDED in 4.2 s"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			line := progressLine(history.New(recorded[:test.events]), resumesAt, awsstub.Start.Add(test.after))
			if got := ansi.Strip(line); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestBoard(t *testing.T) {
	t.Parallel()
	resumesAt := projectResumesAt(t)
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		runs := []*scenario.Run{newRun("429"), {Err: context.Canceled}, newRun("input")}
		b := newBoard(newTestRegion(&out, 40, 24), resumesAt, runs)
		time.Sleep(redrawInterval * 5 / 2)
		b.Update(runs[0], history.New(awsstub.ScenarioEvents(awsstub.AWS, "429")))
		time.Sleep(redrawInterval)
		b.Update(runs[2], history.New(awsstub.ScenarioEvents(awsstub.AWS, "503")))
		b.finish()
		frames := strings.Split(out.String(), ansi.CursorUp(2))
		var got []string
		for _, frame := range frames {
			for line := range strings.SplitSeq(frame, "\n") {
				if ansi.StringWidth(line) >= 40 {
					t.Errorf("a line has %d columns, want at most 39: %q", ansi.StringWidth(line), line)
				}
			}
			got = append(got, ansi.Strip(strings.ReplaceAll(frame, "\r", "")))
		}
		starting := "429    starting\ninput  starting\n"
		want := []string{starting, starting, "429    … → OK → ✓ SUCCEEDED in 4.2 s\ninput  starting\n",
			"429    … → OK → ✓ SUCCEEDED in 4.2 s\ninput  … ServerUnavailable in 0.1 s\n"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the frames differ (-want +got):\n%s", diff)
		}
	})
}

// The label of an execution that was read from AWS is its name, of up to 80 characters.
func TestBoardWithLongName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		name := strings.Repeat("a", 80)
		run := scenario.Review(history.Execution{Name: name})
		b := newBoard(newTestRegion(&out, 41, 24), unknownTime, []*scenario.Run{run})
		b.finish()
		if got, want := ansi.Strip(out.String()), "\r"+name[:10]+"…"+name[:9]+"  starting\n"; got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	})
}

// The board is erased if the result repeats its lines on a terminal. It stays if executions still
// run, because the result does not show them.
func TestLiveEnd(t *testing.T) {
	t.Parallel()
	recorded := awsstub.ScenarioEvents(awsstub.AWS, "503")
	for name, test := range map[string]struct {
		outWidth, events int // columns of standard output (0 for a file), and events read
		want             string
	}{
		"ended": {80, len(recorded), "before"},
		"ended, result in a file": {0, len(recorded),
			"before\n503  Call API → Server Unavailable → ✗ FAILED: ServerUnavailable in 0.1 s"},
		"running": {80, 4, "before\n503  Call API (attempt 1)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			out.WriteString("before\n")
			runs := []*scenario.Run{newRun("503")}
			live := &liveBoard{newBoard(newTestRegion(&out, 100, 24), unknownTime, runs), &Console{width: test.outWidth}}
			live.Update(runs[0], history.New(recorded[:test.events]))
			live.draw()
			live.End()
			if got := screenText(t, out.String()); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// A notice stays on the terminal, above the lines that are redrawn.
func TestNoticeAboveDrawing(t *testing.T) {
	t.Parallel()
	const notice = "states:ListExecutions got no response"
	tests := map[string]struct {
		draw func(c *Console, out *bytes.Buffer) (end func())
		want string
	}{
		"board": {func(c *Console, out *bytes.Buffer) func() {
			b := newBoard(newTestRegion(out, 40, 24), unknownTime, []*scenario.Run{newRun("429"), newRun("503")})
			time.Sleep(redrawInterval * 3 / 2)
			c.setLive(b)
			return b.finish
		}, "429  starting\n503  starting\n" + notice +
			"\n429  starting\n503  starting\n429  starting\n503  starting\n"},
		"meter": {func(c *Console, out *bytes.Buffer) func() {
			m := &Meter{console: c, line: &line{out: out, width: 30}, began: time.Now()}
			m.Show(load.Counts{Total: 10, Started: 1})
			c.setLive(m.line)
			return m.End
		}, "░░░░░░░░░░   0 %  0 of 10" + notice + "\n" + "░░░░░░░░░░   0 %  0 of 10"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				c := NewConsole(Streams{In: strings.NewReader(""), Out: &out, Err: &out})
				end := test.draw(c, &out)
				c.Notice(notice)
				c.setLive(nil)
				end()
				c.Notice("later")
				got := strings.ReplaceAll(ansi.Strip(out.String()), "\r", "")
				if diff := cmp.Diff(test.want+"later\n", got); diff != "" {
					t.Errorf("the text differs (-want +got):\n%s", diff)
				}
				if name == "board" && !strings.Contains(out.String(),
					ansi.CursorUp(2)+"\r"+ansi.EraseScreenBelow+notice) {
					t.Errorf("got %q, want the board erased before the notice", out.String())
				}
			})
		})
	}
}

func TestLiveWithoutTerminal(t *testing.T) {
	t.Parallel()
	c, out, stderr := newTestConsole("")
	runs := []*scenario.Run{newRun("200"), newRun("503")}
	live := c.NewLive(runs, unknownTime)
	var updates sync.WaitGroup
	for _, r := range runs {
		updates.Go(func() {
			recorded := awsstub.ScenarioEvents(awsstub.AWS, r.Label())
			for n := range recorded {
				live.Update(r, history.New(recorded[:n+1]))
			}
		})
	}
	updates.Wait()
	live.End()
	got := map[string][]string{}
	for line := range strings.SplitSeq(strings.TrimSpace(stderr.String()), "\n") {
		label, change, _ := strings.Cut(line, " ")
		got[label] = append(got[label], change)
	}
	want := map[string][]string{
		"200": {"+0.0 s → Call API", "+0.1 s → OK", "+0.1 s SUCCEEDED"},
		"503": {"+0.0 s → Call API", "+0.1 s Call API: attempt 1 failed: ServerUnavailableException",
			"+0.1 s → Server Unavailable", "+0.1 s FAILED: ServerUnavailable"},
	}
	if diff := cmp.Diff(want, got); diff != "" || out.Len() > 0 {
		t.Errorf("got standard output %q, want none; standard error differs (-want +got):\n%s", out, diff)
	}
}
