package view

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/pace"
)

// quotaTime returns the minimum time that AWS's quota requires for the remaining histories.
func quotaTime(left int) time.Duration { return pace.New().Estimate(pace.GetExecutionHistory, left) }

func TestReadMeter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		total int
		each  time.Duration // time for each read
		lines []string
	}{
		{"shorter than logInterval", 20, 200 * time.Millisecond, nil},
		{"longer than logInterval", 30, 500 * time.Millisecond, []string{
			" 33 %  10 of 30 executions read, about 10 s left",
			" 66 %  20 of 30 executions read, about 5 s left",
			"100 %  30 of 30 executions read",
		}},
		{"limited by the quota", 1000, 10 * time.Millisecond, []string{
			" 50 %  500 of 1000 executions read, about 5 s left",
			"100 %  1000 of 1000 executions read",
		}},
		{"minutes left", 3, 100 * time.Second, []string{
			" 33 %  1 of 3 executions read, about 4 min left",
			" 66 %  2 of 3 executions read, about 100 s left",
			"100 %  3 of 3 executions read",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, out, stderr := newTestConsole("")
				r := c.NewReadMeter("executions read", test.total, quotaTime)
				for n := range test.total {
					time.Sleep(test.each)
					r.Show(n + 1)
				}
				r.End()
				want := strings.Join(append(test.lines, ""), "\n")
				if out.Len() > 0 {
					t.Errorf("got standard output %q, want none", out)
				}
				if diff := cmp.Diff(want, stderr.String()); diff != "" {
					t.Errorf("standard error differs (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestReadMeterQuota(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := NewConsole(Streams{}).NewReadMeter("executions read", 1000, quotaTime)
		time.Sleep(time.Second)
		// At the rate so far, 100 requests per second, the other 900 would take 9 s. But the quota
		// allows 400 requests at once, and then 20 per second.
		r.done = 100
		if got, want := r.text(0), " 10 %  100 of 1000 executions read, about 25 s left"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestReadMeterOnTerminal(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		each  time.Duration
		drawn int
	}{
		"short": {10 * time.Millisecond, 0},
		"long":  {50 * time.Millisecond, 9 + 1}, // 9 drawings after progressDelay, and 1 by End
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				r := NewConsole(Streams{}).NewReadMeter("executions read", 40, quotaTime)
				r.line = &line{out: &out, width: 40}
				for n := range 40 {
					time.Sleep(test.each)
					r.Show(n + 1)
				}
				r.End()
				drawn := strings.Split(out.String(), "\r")[1:]
				if len(drawn) < test.drawn || len(drawn) > test.drawn+2 || test.drawn == 0 && out.Len() > 0 {
					t.Fatalf("got %d drawings, want %d to %d:\n%q", len(drawn), test.drawn, test.drawn+2, out.String())
				}
				for _, line := range drawn {
					if n := ansi.StringWidth(strings.TrimSuffix(line, "\n")); n > 39 {
						t.Errorf("a line has %d columns, want at most 39: %q", n, line)
					}
				}
				if test.drawn > 0 && !strings.HasPrefix(drawn[len(drawn)-1], "100 %  40 of 40 executions read\x1b") {
					t.Errorf("got\n%q\nwant it to end with the final numbers", out.String())
				}
			})
		})
	}
}
