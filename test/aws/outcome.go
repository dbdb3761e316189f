package aws

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"retrycatch/internal/safetext"
)

// Status says how a check ended.
type Status string

// The statuses, as the first characters of lines. On AWS, every check is applicable.
const (
	Passed        Status = "✓"
	Failed        Status = "✗"
	NotApplicable Status = "–"
)

// Outcome is the end of a check.
type Outcome struct {
	Check  string
	Status Status
	Took   time.Duration
	Detail string // one line: a result, the reason for a failure, or why the check is not applicable
}

const (
	lineWidth   = 80
	nameWidth   = 34
	detailLimit = 300 // characters in a summary
)

// Line returns the outcome as a line of at most 80 columns. A longer detail follows on its own
// lines.
func (o Outcome) Line() string {
	line := fmt.Sprintf("%s %-*s %7s", o.Status, nameWidth, o.Check, o.took())
	detail := o.detail()
	switch {
	case detail == "":
		return line
	case utf8.RuneCountInString(line)+2+utf8.RuneCountInString(detail) <= lineWidth:
		return line + "  " + detail
	default:
		return line + "\n" + wrap(detail, lineWidth-4, "    ")
	}
}

func (o Outcome) took() string {
	if o.Took >= time.Minute {
		return fmt.Sprintf("%dm%02ds", int(o.Took.Minutes()), int(o.Took.Seconds())%60)
	}
	return fmt.Sprintf("%.1fs", o.Took.Seconds())
}

func (o Outcome) detail() string {
	detail := strings.Join(strings.Fields(o.Detail), " ")
	if o.Status == NotApplicable {
		return "not applicable: " + detail
	}
	return detail
}

// wrap breaks a text into indented lines. It does not break words.
func wrap(text string, width int, indent string) string {
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

// Fact is a line of a summary, such as a version.
type Fact struct{ Name, Value string }

// Summary returns the results as Markdown for a public issue: without the account's number, the
// caller and secrets.
func Summary(facts []Fact, outcomes []Outcome, hide Hide) string {
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
		// Hide before cutting: part of an account's number would not match.
		detail := strings.ReplaceAll(safetext.Short(hide.From(o.detail()), detailLimit), "|", `\|`)
		fmt.Fprintf(&text, "| %s | %s | %s | %s |\n", o.Status, o.Check, o.took(), detail)
	}
	return hide.From(text.String())
}
