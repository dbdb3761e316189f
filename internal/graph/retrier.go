package graph

import (
	"fmt"
	"strconv"

	"retrycatch/internal/asl"
)

func describeRetrier(r asl.Retrier) string {
	names := summarizeErrors(r.ErrorEquals)
	if r.MaxAttempts == (asl.Number{}) {
		return "no retry of " + names
	}
	text := fmt.Sprintf("retry %s× %s, after ", formatNumber(r.MaxAttempts, ""), names)
	jitter := jsonataBody(r.JitterStrategy)
	if jitter == "FULL" { // each wait is random, from 0 to the backoff
		text += "up to "
	}
	if _, known := r.Backoff(1); known {
		text += listWaits(r)
	} else {
		text += describeGrowth(r)
	}
	switch jitter {
	case "", "NONE":
		return text
	case "FULL":
		return text + " (full jitter)"
	default:
		return text + " (jitter " + shorten(jitter) + ")"
	}
}

// listWaits lists the waits of a retrier, or the first three and the last.
func listWaits(r asl.Retrier) string {
	const maxListed = 4
	retries := int(min(r.MaxAttempts.Value, 1e9))
	first, second, last := formatWait(r, 1), formatWait(r, min(2, retries)), formatWait(r, retries)
	// Waits never decrease, so if two waits are equal, all waits between them are equal too.
	switch {
	case retries == 1:
		return first
	case first == last:
		return first + " each"
	case second == last && retries > 2:
		return first + ", then " + second + " each"
	}
	text := first + ", then " + second
	for n := 3; n <= min(maxListed-1, retries); n++ {
		text += ", " + formatWait(r, n)
	}
	if retries > maxListed {
		text += ", …"
	}
	if retries >= maxListed {
		text += ", " + last
	}
	return text
}

// formatWait formats the wait before the n-th retry. It rounds fractions to three significant
// digits.
func formatWait(r asl.Retrier, n int) string {
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

// describeGrowth describes the waits of a retrier that has expressions instead of numbers.
func describeGrowth(r asl.Retrier) string {
	text := formatNumber(r.IntervalSeconds, " s")
	switch {
	case r.MaxAttempts == (asl.Number{Value: 1}):
		return text
	case r.BackoffRate == (asl.Number{Value: 1}):
		return text + " each"
	}
	text += ", then ×" + formatNumber(r.BackoffRate, "") + " each time"
	if limit := formatNumber(r.MaxDelaySeconds, " s"); limit != "0 s" {
		text += ", at most " + limit
	}
	return text
}
