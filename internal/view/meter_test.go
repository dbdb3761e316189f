package view

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/ansi"

	"retrycatch/internal/load"
)

func TestMeterWithoutTerminal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, out, stderr := newTestConsole("")
		m := c.NewMeter()
		for done := range 41 {
			m.Show(load.Counts{Total: 40, Started: 40, Running: 40 - done, Done: done})
			time.Sleep(time.Second)
		}
		m.End()
		if out.Len() > 0 {
			t.Errorf("got standard output %q, want none", out)
		}
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		if len(lines) != 11 || lines[0] != "10 %  4 of 40, 1.0/s, about 36 s left, 36 running" ||
			lines[10] != "40 executions in 41.0 s (1.0/s); no calls throttled." {
			t.Errorf("got standard error\n%s\nwant 10 lines of progress and a summary", stderr)
		}
	})
}

func TestMeterOnTerminal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		m := &Meter{console: &Console{}, line: &line{out: &out, width: 40}, began: time.Now()}
		for done := range 101 {
			m.Show(load.Counts{Total: 100, Started: 100, Running: 100 - done, Done: done})
			time.Sleep(redrawInterval / 4)
		}
		m.End()
		drawn := strings.Split(out.String(), "\r")[1:]
		end := drawn[len(drawn)-1]
		if drawn = drawn[:len(drawn)-1]; len(drawn) != 26 { // four calls per redrawInterval
			t.Errorf("got %d drawings, want 26", len(drawn))
		}
		for _, line := range drawn {
			if n := ansi.StringWidth(line); n > 39 || strings.Contains(line, "\n") {
				t.Errorf("a line has %d columns, want at most 39: %q", n, line)
			}
		}
		if want := "░░░░░░░░░░   0 %  0 of 100, 100 running" + ansi.EraseLineRight; drawn[0] != want {
			t.Errorf("first drawing: got %q, want %q", drawn[0], want)
		}
		if want := ansi.EraseEntireLine + "100 executions in 2.5 s (39.6/s); no\ncalls throttled.\n"; end != want {
			t.Errorf("end: got %q, want %q", end, want)
		}
	})
}

func TestLoadProgress(t *testing.T) {
	t.Parallel()
	faulty := load.Counts{Total: 10000, Started: 350, Running: 50, Done: 299, Failed: 2, Lost: 1, Throttled: 1037}
	for _, test := range []struct {
		name   string
		counts load.Counts
		rate   float64
		width  int
		want   string
	}{
		{"start", load.Counts{Total: 300, Running: 7}, 0, 79, "░░░░░░░░░░   0 %  0 of 300, 7 running"},
		{"half done", load.Counts{Total: 300, Running: 50, Done: 150, Throttled: 1}, 24.2, 79,
			"█████░░░░░  50 %  150 of 300, 24.2/s, about 7 s left, 1 call throttled"},
		{"half done, wide terminal", load.Counts{Total: 300, Running: 50, Done: 150, Throttled: 37}, 24.2, 119,
			"██████████░░░░░░░░░░  50 %  150 of 300, 24.2/s, about 7 s left, 37 calls throttled, 50 running"},
		{"half done, narrow terminal", load.Counts{Total: 300, Running: 50, Done: 150, Throttled: 37}, 24.2, 39,
			" 50 %  150 of 300, about 7 s left"},
		{"all parts", faulty, 24.2, 200, "░░░░░░░░░░░░░░░░░░░░   3 %  300 of 10,000, 2 not as expected, 1 lost, " +
			"24.2/s, about 7 min left, 1,037 calls throttled, 50 running"},
		{"no terminal", faulty, 24.2, 0, "  3 %  300 of 10,000, 2 not as expected, 1 lost, " +
			"24.2/s, about 7 min left, 1,037 calls throttled, 50 running"},
		{"faults, narrow terminal", faulty, 24.2, 39, "  3 %  300 of 10,000, 2 not as expected"},
		{"very narrow terminal", faulty, 24.2, 13, "300 of 10,000"},
		{"end", load.Counts{Total: 300, Done: 300}, 24.2, 79, "██████████ 100 %  300 of 300, 24.2/s, 0 running"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := loadProgress(test.counts, test.rate, test.width); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

// A narrower line has fewer parts, and no part is cut.
func TestLoadProgressWidths(t *testing.T) {
	t.Parallel()
	counts := load.Counts{Total: 10000, Started: 9999, Running: 50, Done: 9940, Failed: 12, Lost: 9, Throttled: 1037}
	whole := map[string]bool{}
	parts := func(width int) []string {
		line := strings.TrimLeft(loadProgress(counts, 24.2, width), "█░ ")
		return strings.Split(strings.Replace(line, "  ", ", ", 1), ", ")
	}
	for _, part := range parts(0) {
		whole[part] = true
	}
	if len(whole) != 8 {
		t.Fatalf("got %d parts, want 8: %v", len(whole), whole)
	}
	kept := 0
	for width := 20; width <= 200; width++ {
		if n := ansi.StringWidth(loadProgress(counts, 24.2, width)); n > width {
			t.Errorf("%d columns: got a line of %d columns", width, n)
		}
		now := parts(width)
		for _, part := range now {
			if !whole[part] {
				t.Errorf("%d columns: got part %q, want only whole parts", width, part)
			}
		}
		if len(now) < kept {
			t.Errorf("%d columns: got %d parts, want at least %d, as on a narrower terminal", width, len(now), kept)
		}
		kept = len(now)
	}
	if kept != len(whole) {
		t.Errorf("widest line: got %d parts, want %d", kept, len(whole))
	}
}

func TestLoadSummary(t *testing.T) {
	t.Parallel()
	for want, counts := range map[string]load.Counts{
		"1,000 executions in 41.3 s (24.2/s); 37 calls throttled and retried.":  {Total: 1000, Done: 1000, Throttled: 37},
		"1 execution in 41.3 s (0.0/s); 1 call throttled and retried.":          {Total: 1, Done: 1, Throttled: 1},
		"640 of 1,000 executions ended in 41.3 s (15.5/s); no calls throttled.": {Total: 1000, Done: 640, Lost: 3},
	} {
		if got := loadSummary(counts, 41300*time.Millisecond); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

func TestWithCommas(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 10000: "10,000", 1234567: "1,234,567"} {
		if got := withCommas(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

func TestSpeed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		done  func(second int) int // finished executions
		after int                  // seconds
		want  string
	}{
		{"start", func(int) int { return 0 }, 0, "0.0"},
		{"nothing finished", func(int) int { return 0 }, 5, "0.0"},
		{"first seconds", func(second int) int { return 7 * second }, 2, "7.0"},
		{"steady", func(second int) int { return 7 * second }, 60, "7.0"},
		{"slower than before", func(second int) int { return min(100*second, 3000+second) }, 60, "1.0"},
		{"stopped", func(second int) int { return min(second, 20) }, 60, "0.0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := speed{}
			for tenth := range 10*test.after + 1 {
				s.add(time.Duration(tenth)*time.Second/10, test.done(tenth/10))
			}
			if got := fmt.Sprintf("%.1f", s.rate()); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if n := len(s.kept); n > 12 {
				t.Errorf("got %d samples, want at most 12", n)
			}
		})
	}
}

func TestTruncateStart(t *testing.T) {
	t.Parallel()
	const line = "Call API → Wait and Try Later → OK → ✓ SUCCEEDED in 4.2 s"
	for width, want := range map[int]string{
		57: line,
		56: "… → Wait and Try Later → OK → ✓ SUCCEEDED in 4.2 s",
		40: "… → OK → ✓ SUCCEEDED in 4.2 s",
		25: "… → ✓ SUCCEEDED in 4.2 s",
		20: "… SUCCEEDED in 4.2 s",
		10: "… in 4.2 s",
		2:  "…s",
	} {
		if got := truncateStart(line, width); got != want {
			t.Errorf("%d columns: got %q, want %q", width, got, want)
		}
	}
}
