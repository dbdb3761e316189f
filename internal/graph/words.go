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
	case asl.Parallel:
		text = fmt.Sprintf("%d branches", len(s.Inner))
		if len(s.Inner) == 1 {
			text = "1 branch"
		}
	}
	return short(text)
}

// retrier describes a retrier in a few words.
func retrier(r asl.Retrier) string {
	names := someOf(r.ErrorEquals)
	if r.MaxAttempts == (asl.Number{}) {
		return "no retry of " + names
	}
	text := fmt.Sprintf("retry %s× %s, after %s", number(r.MaxAttempts, ""), names, number(r.IntervalSeconds, " s"))
	if r.MaxAttempts != (asl.Number{Value: 1}) && r.BackoffRate != (asl.Number{Value: 1}) {
		text += " ×" + number(r.BackoffRate, "")
	}
	return text
}

// number writes a number with its unit, or the expression for it.
func number(n asl.Number, unit string) string {
	if !n.Known() {
		return short(expression(n.Text))
	}
	return strconv.FormatFloat(n.Value, 'f', -1, 64) + unit
}

// someOf returns the first name, and the number of the others.
func someOf(names []string) string {
	if len(names) <= 1 {
		return short(strings.Join(names, ""))
	}
	return fmt.Sprintf("%s and %d more", short(names[0]), len(names)-1)
}

// condition describes the rule of a choice in a few words.
func condition(r asl.Rule) string { return short(ruleText(r, 0)) }

func ruleText(r asl.Rule, depth int) string {
	switch {
	case depth > 3: // the text is cut off before
		return "…"
	case r.Condition != "":
		return expression(r.Condition)
	case r.And != nil:
		return joined(r.And, " and ", depth)
	case r.Or != nil:
		return joined(r.Or, " or ", depth)
	case r.Not != nil:
		return "not (" + ruleText(*r.Not, depth+1) + ")"
	case r.Operator != "":
		return r.Variable + " " + comparison(r.Operator, r.Value)
	default:
		return r.Variable
	}
}

func joined(rules []asl.Rule, word string, depth int) string {
	var parts []string
	for _, rule := range rules {
		parts = append(parts, ruleText(rule, depth+1))
	}
	return strings.Join(parts, word)
}

// signs maps comparison operators, without the type that they compare, to their signs.
var signs = map[string]string{
	"Equals": "=", "LessThan": "<", "LessThanEquals": "≤", "GreaterThan": ">", "GreaterThanEquals": "≥",
	"Matches": "matches",
}

// comparison describes a comparison operator with its value.
func comparison(operator string, value any) string {
	if kind, ok := strings.CutPrefix(operator, "Is"); ok {
		if value == false {
			return "is not " + strings.ToLower(kind)
		}
		return "is " + strings.ToLower(kind)
	}
	operator, path := strings.CutSuffix(operator, "Path")
	for _, kind := range []string{"String", "Numeric", "Boolean", "Timestamp"} {
		operator = strings.TrimPrefix(operator, kind)
	}
	return signs[operator] + " " + literal(value, path)
}

func literal(value any, path bool) string {
	if text, ok := value.(string); ok && !path {
		return `"` + text + `"`
	}
	return fmt.Sprint(value)
}

// expression returns a JSONata expression without its delimiters.
func expression(text string) string {
	if inner, ok := strings.CutPrefix(strings.TrimSpace(text), "{%"); ok {
		text = strings.TrimSuffix(inner, "%}")
	}
	return strings.Join(strings.Fields(text), " ")
}

func short(text string) string { return safetext.Short(text, longest) }
