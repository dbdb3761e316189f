package view

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/look"
)

// withName returns e with a name.
func withName(name string, e history.Execution) history.Execution {
	e.Name = name
	return e
}

func TestPageVerdict(t *testing.T) {
	t.Parallel()
	const deviation = "the attempts in Call API are [TooManyRequestsException, succeeded], expected [succeeded]"
	expected := func(name string) history.Execution { return history.New(awsstub.ScenarioEvents(awsstub.AWS, name)) }
	running := history.New(awsstub.ScenarioEvents(awsstub.AWS, "429")[:9])
	deviating := history.New(awsstub.LambdaErrorEvents("200", "TooManyRequestsException"))
	incomplete := expected("200")
	incomplete.Missing = []history.Span{{First: 3, Last: 4}}
	tests := map[string]struct {
		execution  history.Execution
		want       string
		deviations []string
	}{
		"success":              {withName("200-a", expected("200")), "200 ✓ as expected", nil},
		"failure":              {withName("503-a", expected("503")), "503 ✓ as expected", nil},
		"deviation":            {withName("200-a", deviating), "200 ✗ not as expected", []string{deviation}},
		"running":              {withName("429-a", running), "429 … pending", nil},
		"no scenario":          {withName("input-a", expected("200")), " – no scenario", nil},
		"running, no scenario": {withName("input-a", running), " – no scenario", nil},
		"missing events":       {withName("200-a", incomplete), "200 ? not checked: events are missing", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newPageVerdict(test.execution)
			if got := v.Scenario + " " + v.Sign + " " + v.Word; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if diff := cmp.Diff(test.deviations, v.Deviations); diff != "" {
				t.Errorf("the deviations differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPageFilters(t *testing.T) {
	t.Parallel()
	withLambdaErrors := history.New(awsstub.LambdaErrorEvents("200", "TooManyRequestsException"))
	deviating := PageExecution{Execution: withName("200-b", withLambdaErrors)}
	tests := map[string]struct {
		executions []PageExecution
		want       []string
		indexes    [][]int // indexes of the filters that select each execution
	}{
		"no execution":  {nil, nil, nil},
		"one execution": {[]PageExecution{pageExecution("200")}, nil, nil},
		"same status":   {[]PageExecution{pageExecution("200"), pageExecution("429")}, nil, nil},
		"different statuses": {
			[]PageExecution{pageExecution("200"), pageExecution("503"), pageExecution("429")},
			[]string{"3 all", "2 SUCCEEDED", "1 FAILED"},
			[][]int{{1}, {2}, {1}},
		},
		"deviating": {
			[]PageExecution{pageExecution("200"), deviating},
			[]string{"2 all", "2 SUCCEEDED", "1 not as expected"},
			[][]int{{1}, {1, 2}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sections := make([]*pageSection, len(test.executions))
			for i := range test.executions {
				sections[i] = newPageSection(i+1, &test.executions[i])
			}
			var got []string
			for _, f := range addFilters(sections) {
				got = append(got, fmt.Sprint(f.Count, " ", f.Label))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the filters differ (-want +got):\n%s", diff)
			}
			for i, want := range test.indexes {
				if diff := cmp.Diff(want, sections[i].Filters); diff != "" {
					t.Errorf("the filters of execution %d differ (-want +got):\n%s", i+1, diff)
				}
			}
		})
	}
}

func TestPageScale(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		length time.Duration
		want   string  // labels of the ticks, with their positions in percent
		step   float64 // percent
	}{
		"no length":           {0, "0 at 0", 100},
		"attempt":             {50 * time.Millisecond, "0 at 0, 0.02 s at 40, 0.04 s at 80", 40},
		"retries":             {4 * time.Second, "0 at 0, 1 s at 25, 2 s at 50, 3 s at 75, 4 s at 100", 25},
		"seconds":             {119 * time.Second, "0 at 0, 50 s at 42.02, 100 s at 84.03", 100 * 50 / 119.},
		"minutes":             {10 * time.Minute, "0 at 0, 5 min at 50, 10 min at 100", 50},
		"hours":               {3 * time.Hour, "0 at 0, 1 h at 33.33, 2 h at 66.67, 3 h at 100", 100 / 3.},
		"days":                {40 * 24 * time.Hour, "0 at 0, 10 d at 25, 20 d at 50, 30 d at 75, 40 d at 100", 25},
		"days with fractions": {2 * 24 * time.Hour, "0 at 0, 0.5 d at 25, 1.0 d at 50, 1.5 d at 75, 2.0 d at 100", 25},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scale := newPageScale(timeAxis{from: atSecond(0), to: atSecond(0).Add(test.length)})
			var ticks []string
			for _, tick := range scale.Ticks {
				ticks = append(ticks, fmt.Sprintf("%s at %.4g", tick.Label, tick.Left))
			}
			if got := strings.Join(ticks, ", "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if diff := scale.Step - test.step; diff > 1e-6 || diff < -1e-6 {
				t.Errorf("step: got %v %%, want %v %%", scale.Step, test.step)
			}
		})
	}
}

func TestPageStepGroups(t *testing.T) {
	t.Parallel()
	steps := func(depth, n int, status history.StepStatus) (all []pageStep) {
		for range n {
			all = append(all, pageStep{Step: &history.Step{}, Outcome: look.OfStep(status), Depth: depth})
		}
		return all
	}
	tests := map[string]struct {
		steps [][]pageStep
		want  []string // number of steps and FoldTitle of each group
	}{
		"no steps":                {nil, nil},
		"many steps outside Maps": {[][]pageStep{steps(0, 50, "succeeded")}, []string{"50: "}},
		"few steps inside a Map": {
			[][]pageStep{steps(0, 1, "running"), steps(1, minFolded-1, "succeeded"), steps(0, 1, "running")},
			[]string{"1: ", "19: ", "1: "},
		},
		"many steps inside a Map": {[][]pageStep{steps(0, 1, "failed"), steps(1, 18, "succeeded"), steps(2, 2, "failed")},
			[]string{"1: ", "20: 20 steps inside: 18 ✓ succeeded, 2 ✗ failed"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := pageSection{}
			for _, more := range test.steps {
				s.Steps = append(s.Steps, more...)
			}
			var got []string
			for _, group := range s.StepGroups() {
				got = append(got, fmt.Sprintf("%d: %s", len(group.Steps), group.FoldTitle))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the groups differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPageBox(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text    string
		scrolls bool
	}{
		"short text":                {`{"statuscode":"200"}`, false},
		"many lines when formatted": {`[1,2,3,4,5,6,7,8,9,10,11,12,13]`, true},
		"long line":                 {strings.Repeat("a", 300), true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := newPageBox(test.text).Scrolls(); got != test.scrolls {
				t.Errorf("Scrolls: got %t, want %t", got, test.scrolls)
			}
		})
	}
}

func TestGraphWidth(t *testing.T) {
	t.Parallel()
	for svg, want := range map[string]int{
		`<svg class="a" width="840" height="400"><rect width="3"/></svg>`: 840,
		`<svg><rect width="3"/></svg>`:                                    0,
		"":                                                                0,
	} {
		if got := (&pageSection{PageExecution: &PageExecution{Graph: []byte(svg)}}).GraphWidth(); got != want {
			t.Errorf("%q: got %d, want %d", svg, got, want)
		}
	}
}

func TestPageFailState(t *testing.T) {
	t.Parallel()
	for _, server := range awsstub.Servers {
		for _, name := range []string{"503", "999"} {
			t.Run(name+"/"+string(server), func(t *testing.T) {
				t.Parallel()
				e := PageExecution{Execution: history.New(awsstub.ScenarioEvents(server, name))}
				steps := newPageSection(1, &e).Steps
				last := steps[len(steps)-1]
				if bars := last.Bars(); last.Type != "Fail" || len(bars) != 1 || bars[0].Stroke != "failed" {
					t.Errorf("got bars %v of a %s state, want one failed bar of a Fail state", bars, last.Type)
				}
			})
		}
	}
}
