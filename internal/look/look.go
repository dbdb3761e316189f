// Package look defines the signs, words and colors for the outcomes of steps and executions. The
// terminal, the pictures and the HTML report use them.
package look

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/charmbracelet/x/ansi"

	"retrycatch/internal/history"
)

// RetrySign is the sign for repeated attempts.
const RetrySign = "↻"

// Outcome holds the sign, the word and the colors of an outcome. The sign and the word are enough
// for readers who cannot see the colors.
type Outcome struct {
	ID         string // class in SVG, CSS and Mermaid; outcomes with the same colors have the same ID
	Sign       string // one column wide; empty for a state that was not visited
	Word       string
	Foreground Color           // color of texts, signs and lines
	Background Color           // color of the area behind texts and signs
	Terminal   ansi.BasicColor // color of the sign on a terminal, whose settings define the shade
}

// Color holds the shades of a color in the light and in the dark theme.
type Color struct{ Light, Dark RGB }

// RGB is a color as 0xRRGGBB.
type RGB uint32

// String returns the color in CSS notation, such as #0660b5.
func (c RGB) String() string { return fmt.Sprintf("#%06x", uint32(c)) }

// Each foreground has at least WCAG's minimum contrast of 4.5:1 against its own background, and
// against the page. The page is white in the light theme, and 0x161d26 in the dark theme.
// https://www.w3.org/TR/WCAG22/#contrast-minimum
var (
	succeeded = Outcome{"succeeded", "✓", "succeeded", Color{0x1a7302, 0x6ad150}, Color{0xeef7ea, 0x16291a},
		ansi.Green}
	caught  = Outcome{"caught", "↷", "caught", Color{0x9a4708, 0xf3ac60}, Color{0xfdf4e8, 0x33250f}, ansi.Yellow}
	running = Outcome{"running", "…", "running", Color{0x0660b5, 0x75bbfa}, Color{0xeaf3fc, 0x10263b}, ansi.Blue}
	aborted = Outcome{"aborted", "■", "aborted", Color{0x55616f, 0xa6b2c0}, Color{0xeef1f4, 0x232d38}, ansi.Red}
	failed  = Outcome{"failed", "✗", "failed", Color{0xb8290d, 0xff9481}, Color{0xfdf0ed, 0x3a1a15}, ansi.Red}

	// notVisited may have less contrast, because no text uses its foreground.
	notVisited = Outcome{"not-visited", "", "not visited", Color{0xb6bec9, 0x4b5766}, Color{0xffffff, 0x161d26},
		ansi.BrightBlack}
)

// All returns the outcomes of steps in ascending order of importance.
func All() []Outcome { return []Outcome{succeeded, caught, aborted, running, failed} }

// OfStep returns the outcome for a step's status. An empty status means that the state was not
// visited.
func OfStep(status history.StepStatus) Outcome {
	all := All()
	if i := slices.IndexFunc(all, func(o Outcome) bool { return o.ID == string(status) }); i >= 0 {
		return all[i]
	}
	return notVisited
}

// OfExecution returns the outcome for an execution's status. An unknown status has the sign and the
// colors of a running execution.
func OfExecution(status types.ExecutionStatus) Outcome {
	switch status {
	case types.ExecutionStatusSucceeded:
		return succeeded
	case types.ExecutionStatusFailed:
		return failed
	case types.ExecutionStatusTimedOut:
		return failed.withWord("timed out")
	case types.ExecutionStatusAborted:
		return aborted
	case types.ExecutionStatusRunning:
		return running
	case types.ExecutionStatusPendingRedrive:
		return running.withWord("pending redrive")
	default:
		return running.withWord(string(status))
	}
}

func (o Outcome) withWord(word string) Outcome {
	o.Word = word
	return o
}
