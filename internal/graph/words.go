package graph

import (
	"fmt"
	"strconv"
	"strings"

	"retrycatch/internal/asl"
	"retrycatch/internal/safetext"
)

// maxDetailLength is the maximum length of a condition or another detail, in characters.
const maxDetailLength = 60

// stateDetail returns the most important fact about a state that its name and type do not say.
func stateDetail(s *asl.State) string {
	var text string
	switch s.Type {
	case asl.Wait:
		if s.Seconds != nil {
			text = formatNumber(*s.Seconds, " s")
		} else {
			text = s.SecondsPath + s.Timestamp + s.TimestampPath // at most one of these is set
		}
	case asl.Fail:
		text = s.Error + s.ErrorPath
	case asl.Map:
		text = "for each item"
	case asl.Task:
		text = taskCall(s)
	case asl.Parallel:
		text = fmt.Sprintf("%d branches", len(s.Inner))
		if len(s.Inner) == 1 {
			text = "1 branch"
		}
	}
	return shorten(text)
}

func stateLimits(s *asl.State) string {
	var texts []string
	add := func(before string, n *asl.Number, unit, after string) {
		if n != nil {
			texts = append(texts, before+formatNumber(*n, unit)+after)
		}
	}
	switch s.Type {
	case asl.Map:
		if s.MaxConcurrency != nil && *s.MaxConcurrency != (asl.Number{}) { // 0 means no limit
			add("at most ", s.MaxConcurrency, "", " at a time")
		}
		add("tolerated failures: ", s.ToleratedFailureCount, "", "")
		add("tolerated failures: ", s.ToleratedFailurePercentage, "", "%")
	case asl.Task:
		add("times out after ", s.TimeoutSeconds, " s", "")
		add("heartbeat within ", s.HeartbeatSeconds, " s", "")
	}
	return strings.Join(texts, ", ")
}

// describeTimeout returns the time limit of executions in words, or "" if there is none.
func describeTimeout(n *asl.Number) string {
	if n == nil {
		return ""
	}
	return "execution times out after " + formatNumber(*n, " s")
}

// formatNumber formats a number or a ${placeholder} with its unit, and any other expression without
// a unit.
func formatNumber(n asl.Number, unit string) string {
	switch {
	case n.Known():
		format := byte('f')
		if n.Value >= 1e15 { // too many digits to read
			format = 'g'
		}
		return strconv.FormatFloat(n.Value, format, -1, 64) + unit
	case strings.HasPrefix(n.Text, "${"):
		return shorten(n.Text) + unit
	default:
		return shorten(jsonataBody(n.Text))
	}
}

// summarizeErrors returns the first error name, and counts the others. Without names, it returns
// noError.
func summarizeErrors(names []string) string {
	switch len(names) {
	case 0:
		return noError
	case 1:
		return shorten(quoteBlank(names[0]))
	default:
		return fmt.Sprintf("%s and %d more", shorten(quoteBlank(names[0])), len(names)-1)
	}
}

// jsonataBody returns an expression without the JSONata delimiters {% and %}.
func jsonataBody(text string) string {
	if inner, ok := strings.CutPrefix(strings.TrimSpace(text), "{%"); ok {
		text = strings.TrimSuffix(inner, "%}")
	}
	return strings.Join(strings.Fields(text), " ")
}

func shorten(text string) string { return safetext.Short(text, maxDetailLength) }

// noError describes a retrier or a catcher that names no error.
const noError = "no error"

// quoteBlank puts a text in quotes if it would be invisible.
func quoteBlank(text string) string {
	if strings.TrimSpace(safetext.Line(text)) == "" {
		return `"` + text + `"`
	}
	return text
}
