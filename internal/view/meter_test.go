package view

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"retrycatch/internal/load"
)

func TestProgressIsALineForEachTenthWithoutATerminal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, out, stderr := consoleOf("")
		m := c.NewMeter()
		for done := range 41 {
			m.Show(load.Counts{Total: 40, Started: 40, Running: 40 - done, Done: done})
			time.Sleep(time.Second)
		}
		m.Show(load.Counts{Total: 40, Started: 40, Done: 39, Failed: 2, Lost: 1, Throttled: 5})
		m.End()
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		if len(lines) != 10 || lines[0] != "10 %  40 started, 36 running, 4 done, 0 failed checks, 1.0/s" || out.Len() > 0 {
			t.Errorf("standard output is %q, standard error\n%s", out, stderr)
		}
		if got, want := progressLine(m.last, 10*time.Second), "100 %  40 started, 0 running, 39 done, 2 failed checks, 1 lost, 4.0/s, 5 calls throttled"; got != want {
			t.Errorf("got %q, expected %q", got, want)
		}
	})
}

func TestProgressIsOneLineOnATerminal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		m := &Meter{console: &Console{}, line: &line{out: &out, width: 40}, began: time.Now()}
		for done := range 101 {
			m.Show(load.Counts{Total: 100, Started: 100, Running: 100 - done, Done: done})
			time.Sleep(redrawing / 4)
		}
		m.End()
		drawn := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\r")[1:]
		if len(drawn) != 27 { // a fourth of 101, and the end
			t.Errorf("it is drawn %d times", len(drawn))
		}
		for _, line := range drawn {
			if n := len([]rune(line)); n != 39 || strings.Contains(line, "\n") {
				t.Errorf("a line of %d characters on a terminal of 40: %q", n, line)
			}
		}
		if last := drawn[len(drawn)-1]; !strings.HasPrefix(last, strings.Repeat("█", 20)+" 100 %  100 start") {
			t.Errorf("the end is %q", last)
		}
		if first := drawn[0]; !strings.HasPrefix(first, strings.Repeat("░", 20)+"   0 %  100 start") {
			t.Errorf("the beginning is %q", first)
		}
	})
}
