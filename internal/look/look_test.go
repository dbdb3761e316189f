package look

import (
	"math"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/history"
)

func TestOfStep(t *testing.T) {
	t.Parallel()
	tests := map[history.StepStatus]string{
		history.StepRunning: "… running", history.StepSucceeded: "✓ succeeded", history.StepCaught: "↷ caught",
		history.StepFailed: "✗ failed", history.StepAborted: "■ aborted", "": " not visited",
	}
	for status, want := range tests {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			if o := OfStep(status); o.Sign+" "+o.Word != want {
				t.Errorf("%q: got %q %q, want %q", status, o.Sign, o.Word, want)
			}
		})
	}
}

func TestOfExecution(t *testing.T) {
	t.Parallel()
	tests := map[types.ExecutionStatus]string{
		types.ExecutionStatusRunning: "… running", types.ExecutionStatusSucceeded: "✓ succeeded",
		types.ExecutionStatusFailed:   "✗ failed",
		types.ExecutionStatusTimedOut: "✗ timed out", types.ExecutionStatusAborted: "■ aborted",
		types.ExecutionStatusPendingRedrive: "… pending redrive", "UNHEARD_OF": "… UNHEARD_OF",
	}
	for _, status := range append(types.ExecutionStatus("").Values(), "UNHEARD_OF") {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			if o := OfExecution(status); o.Sign+" "+o.Word != tests[status] {
				t.Errorf("%q: got %q %q, want %q", status, o.Sign, o.Word, tests[status])
			}
		})
	}
}

func TestOutcomesDiffer(t *testing.T) {
	t.Parallel()
	signs, foregrounds := map[string]bool{RetrySign: true}, map[Color]bool{}
	for _, o := range All() {
		if signs[o.Sign] || foregrounds[o.Foreground] {
			t.Errorf("%s has the same sign or color as another outcome", o.Word)
		}
		signs[o.Sign], foregrounds[o.Foreground] = true, true
	}
}

func TestContrast(t *testing.T) {
	t.Parallel()
	if got := contrast(0x000000, 0xffffff); math.Abs(got-21) > 0.01 { // the highest contrast that WCAG defines
		t.Fatalf("black on white: got contrast %v, want 21", got)
	}
	for _, o := range All() {
		light, dark := o.Foreground.Light, o.Foreground.Dark
		for _, pair := range [][2]RGB{{light, 0xffffff}, {light, o.Background.Light},
			{dark, 0x161d26}, {dark, o.Background.Dark}} {
			if got := contrast(pair[0], pair[1]); got < 4.5 {
				t.Errorf("%s: %v on %v: got contrast %.2f, want at least 4.5", o.Word, pair[0], pair[1], got)
			}
		}
	}
}

// contrast computes WCAG's contrast ratio: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
func contrast(a, b RGB) float64 {
	luminance := func(c RGB) float64 {
		channel := func(shift int) float64 {
			value := float64(c>>shift&0xff) / 255
			if value <= 0.04045 {
				return value / 12.92
			}
			return math.Pow((value+0.055)/1.055, 2.4)
		}
		return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
	}
	light, dark := max(luminance(a), luminance(b)), min(luminance(a), luminance(b))
	return (light + 0.05) / (dark + 0.05)
}

func TestRGB(t *testing.T) {
	t.Parallel()
	if got := RGB(0x0660b5).String(); got != "#0660b5" {
		t.Errorf("got %s, want #0660b5", got)
	}
}
