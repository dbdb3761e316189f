package load

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/problem"
)

func TestParseMixFails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, mix string
		want      []string
	}{
		{"unknown scenario", "200=1,teapot=1", []string{`the scenario "teapot", which does not exist`}},
		{"duplicate scenario", "200=1,200=2", []string{"the scenario 200 twice"}},
		{"zero weight", "200=0", []string{`the weight "0" of the scenario 200`}},
		{"negative weight", "200=-1", []string{`the weight "-1"`}},
		{"fractional weight", "200=0.5", []string{`the weight "0.5"`}},
		{"no weight", "200", []string{`the weight ""`}},
		{"weight is not a number", "200=many", []string{`the weight "many"`}},
		{"weight overflows", "200=99999999999", []string{`the weight "99999999999"`}},
		{"empty mix", " ", []string{"--mix contains no scenario"}},
		{"only commas", " , ,", []string{"--mix contains no scenario"}},
		{"unknown scenario twice", "teapot=1,teapot=2", []string{`the scenario "teapot", which does not exist`}},
		{"trailing comma", "200=1,", []string{`the scenario ""`}},
		{"two mistakes", "teapot=1,200=x", []string{`"teapot"`, `"x"`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseMix(test.mix)
			joined, ok := err.(interface{ Unwrap() []error })
			if !ok || len(joined.Unwrap()) != len(test.want) {
				t.Fatalf("got error %v, want %d problems", err, len(test.want))
			}
			for i, one := range joined.Unwrap() {
				var p *problem.Problem
				if !errors.As(one, &p) || !strings.Contains(p.What, test.want[i]) ||
					!strings.Contains(p.Next, "--mix 200=70") {
					t.Errorf("got %v, want a problem that contains %q", one, test.want[i])
				}
			}
		})
	}
}

// drawCounts returns how many times a mix draws each scenario, and the first digit of each drawn
// scenario, in order.
func drawCounts(t *testing.T, text string, count int) (counts map[string]int, order string) {
	t.Helper()
	mix, err := ParseMix(text)
	if err != nil {
		t.Fatal(err)
	}
	counts = map[string]int{}
	for _, s := range Draw(mix, count) {
		counts[s.Name]++
		order += s.Name[:1]
	}
	return counts, order
}

func TestDraw(t *testing.T) {
	t.Parallel()
	tests := []struct {
		mix   string
		count int
		want  map[string]int
	}{
		{"200=70,429=20,503=7,999=3", 300, map[string]int{"200": 210, "429": 60, "503": 21, "999": 9}},
		{"200=70,429=20,503=7,999=3", 10, map[string]int{"200": 7, "429": 2, "503": 1}},
		{"200=1,429=1,503=1,999=1", 6, map[string]int{"200": 2, "429": 2, "503": 1, "999": 1}},
		{"200=1,429=1,503=1", 1, map[string]int{"200": 1}},
		{"999=2,200=3", 3, map[string]int{"999": 1, "200": 2}},
		{"200=2147483647,429=2147483647", 10000, map[string]int{"200": 5000, "429": 5000}},
		{" 429 = 5 ", 7, map[string]int{"429": 7}},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%d of %s", test.count, test.mix), func(t *testing.T) {
			t.Parallel()
			got, _ := drawCounts(t, test.mix, test.count)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the counts differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDrawRounding(t *testing.T) {
	t.Parallel()
	weights := map[string]int{"200": 70, "429": 20, "503": 7, "999": 3}
	for count := 1; count <= 400; count++ {
		counts, order := drawCounts(t, "200=70,429=20,503=7,999=3", count)
		if len(order) != count {
			t.Errorf("got %d scenarios, want %d", len(order), count)
		}
		for name, weight := range weights {
			if deviation := counts[name]*100 - weight*count; deviation <= -100 || deviation >= 100 {
				t.Errorf("scenario %s: got %d of %d executions, want about %d%%", name, counts[name], count, weight)
			}
		}
	}
}

func TestDrawOrder(t *testing.T) {
	t.Parallel()
	for mix, want := range map[string]string{
		"200=1,429=1":             "24242424",
		"200=3,429=1":             "22422242",
		"200=1,429=1,503=1,999=1": "24592459",
	} {
		if _, got := drawCounts(t, mix, 8); got != want {
			t.Errorf("%s: got order %s, want %s", mix, got, want)
		}
	}
}
