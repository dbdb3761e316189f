package graph

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"retrycatch/internal/safetext"
)

// longest is how many characters of a condition or another detail are shown.
const longest = 60

// detail is what matters most of a state beside its name and type.
func detail(text stateText) string {
	var what string
	switch text.Type {
	case "Wait":
		switch seconds := text.Seconds.(type) {
		case json.Number:
			what = seconds.String() + " s"
		case string: // JSONata
			what = expression(seconds)
		default:
			what = text.SecondsPath + text.Timestamp + text.TimestampPath // one of them is there
		}
	case "Fail":
		what = text.Error + text.ErrorPath
	case "Map":
		what = "for each item"
	case "Parallel":
		what = fmt.Sprintf("%d branches", len(text.Branches))
		if len(text.Branches) == 1 {
			what = "1 branch"
		}
	}
	return short(what)
}

// words are a retrier in a few words. What it does not say is as the language has it: three attempts after one second,
// with twice the wait before each further one.
func (r retrierText) words() string {
	attempts, interval, rate := or(r.MaxAttempts, 3), or(r.IntervalSeconds, 1), or(r.BackoffRate, 2)
	errorNames := someOf(r.ErrorEquals)
	if attempts == 0 {
		return "no retry of " + errorNames
	}
	text := fmt.Sprintf("retry %s× %s, after %s s", number(attempts), errorNames, number(interval))
	if attempts > 1 && rate != 1 {
		text += " ×" + number(rate)
	}
	return text
}

func or(given *float64, otherwise float64) float64 {
	if given != nil {
		return *given
	}
	return otherwise
}

func number(value float64) string { return strconv.FormatFloat(value, 'f', -1, 64) }

// someOf is the first of some names, and how many more there are.
func someOf(names []string) string {
	if len(names) <= 1 {
		return short(strings.Join(names, ""))
	}
	return fmt.Sprintf("%s and %d more", short(names[0]), len(names)-1)
}

// condition is the rule of a choice in a few words.
func condition(rule map[string]any, depth int) string {
	return short(ruleText(rule, depth))
}

func ruleText(rule map[string]any, depth int) string {
	if depth > 3 { // what is deeper is cut off anyway
		return "…"
	}
	if text, ok := rule["Condition"].(string); ok { // JSONata
		return expression(text)
	}
	for _, word := range []string{"And", "Or"} {
		if rules, ok := rule[word].([]any); ok {
			var parts []string
			for _, one := range rules {
				part, _ := one.(map[string]any)
				parts = append(parts, ruleText(part, depth+1))
			}
			return strings.Join(parts, " "+strings.ToLower(word)+" ")
		}
	}
	if not, ok := rule["Not"].(map[string]any); ok {
		return "not (" + ruleText(not, depth+1) + ")"
	}
	variable, _ := rule["Variable"].(string)
	var names []string
	for name := range rule {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if text := comparison(name, rule[name]); text != "" {
			return variable + " " + text
		}
	}
	return variable
}

// comparison is one of the language's comparison operators with what it compares to, or empty for a name that is none.
func comparison(name string, value any) string {
	if kind, ok := strings.CutPrefix(name, "Is"); ok {
		if value == false {
			return "is not " + strings.ToLower(kind)
		}
		return "is " + strings.ToLower(kind)
	}
	operator, path := strings.CutSuffix(name, "Path")
	for _, kind := range []string{"String", "Numeric", "Boolean", "Timestamp"} {
		if rest, ok := strings.CutPrefix(operator, kind); ok {
			sign := map[string]string{"Equals": "=", "LessThan": "<", "LessThanEquals": "≤", "GreaterThan": ">", "GreaterThanEquals": "≥", "Matches": "matches"}[rest]
			if sign == "" {
				return ""
			}
			return sign + " " + literal(value, path)
		}
	}
	return ""
}

func literal(value any, path bool) string {
	if text, ok := value.(string); ok && !path {
		return `"` + text + `"`
	}
	return fmt.Sprint(value)
}

// expression is a JSONata expression without the signs that mark it as one.
func expression(text string) string {
	if inner, ok := strings.CutPrefix(strings.TrimSpace(text), "{%"); ok {
		text = strings.TrimSuffix(inner, "%}")
	}
	return strings.Join(strings.Fields(text), " ")
}

func short(text string) string { return safetext.Short(text, longest) }
