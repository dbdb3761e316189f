package graph

import (
	"fmt"
	"strconv"
	"strings"

	"retrycatch/internal/asl"
	"retrycatch/internal/safetext"
)

// longest limits the characters of a condition or another detail.
const longest = 60

// detail returns the most important fact about a state besides its name and type.
func detail(s *asl.State) string {
	var text string
	switch s.Type {
	case asl.Wait:
		if s.Seconds != nil {
			text = number(*s.Seconds, " s")
		} else {
			text = s.SecondsPath + s.Timestamp + s.TimestampPath // only one of them is set
		}
	case asl.Fail:
		text = s.Error + s.ErrorPath
	case asl.Map:
		text = "for each item"
	case asl.Task:
		text = work(s)
	case asl.Parallel:
		text = fmt.Sprintf("%d branches", len(s.Inner))
		if len(s.Inner) == 1 {
			text = "1 branch"
		}
	}
	return short(text)
}

// limits lists the limits of a Task or a Map.
func limits(s *asl.State) string {
	var texts []string
	add := func(before string, n *asl.Number, unit, after string) {
		if n != nil {
			texts = append(texts, before+number(*n, unit)+after)
		}
	}
	switch s.Type {
	case asl.Map:
		if s.MaxConcurrency != nil && *s.MaxConcurrency != (asl.Number{}) { // 0 is no limit
			add("at most ", s.MaxConcurrency, "", " at a time")
		}
		add("", s.ToleratedFailureCount, "", " may fail")
		add("", s.ToleratedFailurePercentage, "", "% may fail")
	case asl.Task:
		add("times out after ", s.TimeoutSeconds, " s", "")
		add("heartbeat within ", s.HeartbeatSeconds, " s", "")
	}
	return strings.Join(texts, ", ")
}

// timeout describes an execution's time limit, or returns "".
func timeout(n *asl.Number) string {
	if n == nil {
		return ""
	}
	return "execution times out after " + number(*n, " s")
}

// number writes a number with its unit, or the expression for it.
func number(n asl.Number, unit string) string {
	switch {
	case n.Known():
		format := byte('f')
		if n.Value >= 1e15 { // too many digits to read
			format = 'g'
		}
		return strconv.FormatFloat(n.Value, format, -1, 64) + unit
	case strings.HasPrefix(n.Text, "${"):
		return short(n.Text) + unit
	default:
		return short(expression(n.Text))
	}
}

// someOf returns the first name, and the number of the others.
func someOf(names []string) string {
	switch len(names) {
	case 0:
		return noError
	case 1:
		return short(shown(names[0]))
	default:
		return fmt.Sprintf("%s and %d more", short(shown(names[0])), len(names)-1)
	}
}

// expression returns a JSONata expression without its delimiters.
func expression(text string) string {
	if inner, ok := strings.CutPrefix(strings.TrimSpace(text), "{%"); ok {
		text = strings.TrimSuffix(inner, "%}")
	}
	return strings.Join(strings.Fields(text), " ")
}

func short(text string) string { return safetext.Short(text, longest) }

// noError is the label of a retrier or a catcher that names no error.
const noError = "no error"

// shown returns a text, in quotes if it would be invisible.
func shown(text string) string {
	if strings.TrimSpace(safetext.Line(text)) == "" {
		return `"` + text + `"`
	}
	return text
}
