package graph

import (
	"fmt"
	"strconv"

	"retrycatch/internal/asl"
)

// retrier describes a retrier in a few words.
func retrier(r asl.Retrier) string {
	names := someOf(r.ErrorEquals)
	if r.MaxAttempts == (asl.Number{}) {
		return "no retry of " + names
	}
	text := fmt.Sprintf("retry %s× %s, after ", number(r.MaxAttempts, ""), names)
	jitter := expression(r.JitterStrategy)
	if jitter == "FULL" { // each wait is random, from 0 to this one
		text += "up to "
	}
	if _, known := r.Backoff(1); known {
		text += waits(r)
	} else {
		text += growth(r)
	}
	switch jitter {
	case "", "NONE":
		return text
	case "FULL":
		return text + " (full jitter)"
	default:
		return text + " (jitter " + short(jitter) + ")"
	}
}

// waits lists a retrier's waits. If there are many, it lists the first three and the last.
func waits(r asl.Retrier) string {
	const few = 4
	retries := int(min(r.MaxAttempts.Value, 1e9))
	first, second, last := wait(r, 1), wait(r, min(2, retries)), wait(r, retries)
	switch { // they grow, or stay as they are
	case retries == 1:
		return first
	case first == last:
		return first + " each"
	case second == last && retries > 2:
		return first + ", then " + second + " each"
	}
	text := first + ", then " + second
	for n := 3; n <= min(few-1, retries); n++ {
		text += ", " + wait(r, n)
	}
	if retries > few {
		text += ", …"
	}
	if retries >= few {
		text += ", " + last
	}
	return text
}

// wait writes the wait before the n-th retry. A fraction has three digits.
func wait(r asl.Retrier, n int) string {
	backoff, _ := r.Backoff(n)
	seconds := backoff.Seconds()
	switch {
	case seconds > 1e9:
		return "over 31 years"
	case seconds == float64(int(seconds)) || seconds >= 1000:
		return strconv.FormatFloat(seconds, 'f', 0, 64) + " s"
	default:
		return strconv.FormatFloat(seconds, 'g', 3, 64) + " s"
	}
}

// growth describes the waits of a retrier whose numbers are not all in the definition.
func growth(r asl.Retrier) string {
	text := number(r.IntervalSeconds, " s")
	switch {
	case r.MaxAttempts == (asl.Number{Value: 1}):
		return text
	case r.BackoffRate == (asl.Number{Value: 1}):
		return text + " each"
	}
	text += ", then ×" + number(r.BackoffRate, "") + " each time"
	if limit := number(r.MaxDelaySeconds, " s"); limit != "0 s" {
		text += ", at most " + limit
	}
	return text
}
