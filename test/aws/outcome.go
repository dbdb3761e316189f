package aws

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"retrycatch/internal/safetext"
)

// Status is the result of a check.
type Status string

// The values are the symbols that begin a line of output. NotApplicable occurs only on a local AWS.
const (
	Passed        Status = "✓"
	Failed        Status = "✗"
	NotApplicable Status = "–"
)

// Outcome describes a check that has ended.
type Outcome struct {
	Check    string
	Status   Status
	Duration time.Duration
	Detail   string // the result, or why the check failed or is not applicable
}

const (
	lineWidth = 80
	nameWidth = 34
	maxDetail = 300 // maximum number of characters of a detail in the summary
)

// Line formats the outcome for the terminal. If a line of 80 columns is too short for the detail,
// the detail follows on its own indented lines.
func (o Outcome) Line() string {
	line := fmt.Sprintf("%s %-*s %7s", o.Status, nameWidth, o.Check, o.formatDuration())
	detail := o.formatDetail()
	switch {
	case detail == "":
		return line
	case utf8.RuneCountInString(line)+2+utf8.RuneCountInString(detail) <= lineWidth:
		return line + "  " + detail
	default:
		return line + "\n" + wrapText(detail, lineWidth-4, "    ")
	}
}

func (o Outcome) formatDuration() string {
	if o.Duration >= time.Minute {
		return fmt.Sprintf("%dm%02ds", int(o.Duration.Minutes()), int(o.Duration.Seconds())%60)
	}
	return fmt.Sprintf("%.1fs", o.Duration.Seconds())
}

func (o Outcome) formatDetail() string {
	detail := strings.Join(strings.Fields(o.Detail), " ")
	if o.Status == NotApplicable {
		return "not applicable: " + detail
	}
	return detail
}

// wrapText breaks text into indented lines, without breaking words.
func wrapText(text string, width int, indent string) string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, indent+line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return strings.Join(append(lines, indent+line), "\n")
}

// Fact is a line of a summary, such as the version of a program.
type Fact struct{ Name, Value string }

// Summary formats the results as Markdown for a public issue, without the data in redaction.
func Summary(facts []Fact, outcomes []Outcome, redaction Redaction) string {
	var text strings.Builder
	text.WriteString("### make smoke\n\n")
	counts := map[Status]int{}
	for _, o := range outcomes {
		counts[o.Status]++
	}
	fmt.Fprintf(&text, "%d passed, %d failed, %d not applicable\n\n",
		counts[Passed], counts[Failed], counts[NotApplicable])
	for _, fact := range facts {
		fmt.Fprintf(&text, "- %s: %s\n", fact.Name, fact.Value)
	}
	text.WriteString("\n| | check | took | |\n|---|---|---|---|\n")
	for _, o := range outcomes {
		// Redact first, because shortening could leave part of an account ID.
		detail := strings.ReplaceAll(safetext.Short(redaction.Apply(o.formatDetail()), maxDetail), "|", `\|`)
		fmt.Fprintf(&text, "| %s | %s | %s | %s |\n", o.Status, o.Check, o.formatDuration(), detail)
	}
	return redaction.Apply(text.String())
}
