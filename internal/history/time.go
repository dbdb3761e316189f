package history

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// firstTime and lastTime limit the valid times. Handwritten histories may start in 1970.
var firstTime, lastTime = time.Unix(0, 0), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

// parseTime parses a time in any format that a known tool writes. A time without an offset is in
// UTC. Version 2 of the AWS CLI writes ISO 8601; version 1 writes seconds since 1970:
// https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-types.html
func parseTime(value gjson.Result) (time.Time, error) {
	if value.Type == gjson.Null {
		return time.Time{}, &FormatError{Reason: "no timestamp"}
	}
	at, ok := timeOf(value)
	switch {
	case !ok:
		return at, &FormatError{Reason: fmt.Sprintf("the invalid timestamp %s", shortened(value.Raw))}
	case at.Before(firstTime) || !at.Before(lastTime):
		return at, &FormatError{Reason: fmt.Sprintf("the timestamp %s, which is not between %d and %d",
			shortened(value.Raw), firstTime.UTC().Year(), lastTime.Year())}
	}
	return at.UTC(), nil
}

func timeOf(value gjson.Result) (time.Time, bool) {
	switch {
	case value.IsObject():
		return timeOfObject(value)
	case value.Type == gjson.Number:
		return timeOfNumber(value.Raw)
	case value.Type != gjson.String:
		return time.Time{}, false
	}
	if at, err := time.Parse(time.RFC3339, value.Str); err == nil {
		return at, true
	}
	if at, ok := timeOfNumber(value.Str); ok {
		return at, true
	}
	return timeOfText(value.Str)
}

// timeOfObject parses a time that a tool wrote as an object. Gson and Jackson write Java's Instant
// as an object. Windows PowerShell 5 and MongoDB's extended JSON write dates as objects.
func timeOfObject(object gjson.Result) (time.Time, bool) {
	var seconds, nanos gjson.Result
	for name, value := range members(object) {
		switch strings.ToLower(name) {
		case "value", "$date":
			if !value.IsObject() {
				return timeOf(value)
			}
		case "seconds", "epochsecond":
			seconds = value
		case "nanos", "nano":
			nanos = value
		}
	}
	return time.Unix(seconds.Int(), nanos.Int()), seconds.Exists()
}

// unixNumber matches the time since 1970 as a number. Java writes 1.714557600123E9. A spreadsheet's
// 1.71456E+12 does not match, because it has lost the time of day.
var unixNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]*)?([eE][0-9]+)?$`)

// timeOfNumber parses seconds, milliseconds, microseconds or nanoseconds since 1970. The size of
// the number determines its unit. timeOfNumber rejects numbers outside of the units' ranges, and
// numbers that may be dates, such as 20240501. It rounds seconds to milliseconds, because AWS
// records milliseconds.
func timeOfNumber(text string) (time.Time, bool) {
	if !unixNumber.MatchString(text) {
		return time.Time{}, false
	}
	n, err := strconv.ParseFloat(text, 64)
	integer, integerErr := strconv.ParseInt(text, 10, 64)
	if integerErr != nil {
		integer = int64(math.Round(n))
	}
	limit := float64(lastTime.Unix())
	switch {
	case err != nil:
		return time.Time{}, false
	case n < 1e7, n >= 1e8 && n < limit:
		return time.UnixMilli(int64(math.Round(n * 1e3))), math.Abs(n) < limit
	case n >= 1e11 && n < limit*1e3:
		return time.UnixMilli(integer), true
	case n >= 1e14 && n < limit*1e6:
		return time.UnixMicro(integer), true
	case n >= 1e17 && n < limit*1e9:
		return time.Unix(0, integer), true
	}
	return time.Time{}, false
}

var (
	// dotNetDate matches milliseconds since 1970, as Windows PowerShell 5 and old .NET versions
	// write them. The offset does not change the time.
	dotNetDate = regexp.MustCompile(`^\\?/Date\((-?[0-9]+)([+-][0-9]{4})?\)\\?/$`)
	// zoneName matches an offset followed by a zone name, as Java, JavaScript and Go write it.
	zoneName = regexp.MustCompile(`(Z|[+-][0-9]{2}:?[0-9]{2}) ?(\[[^]]*\]|\([^)]*\)|[A-Z]{2,5})( m=[+-][0-9.]+)?$`)
	// utcSuffix matches UTC or GMT at the end of a time.
	utcSuffix = regexp.MustCompile(` ?(UTC|GMT)$`)
	layouts   = timeLayouts()
)

// timeOfText parses a date with a time of day. In every layout, the seconds may have a fraction
// after a point or a comma.
func timeOfText(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	if match := dotNetDate.FindStringSubmatch(text); match != nil {
		ms, err := strconv.ParseInt(match[1], 10, 64)
		return time.UnixMilli(ms), err == nil
	}
	text = strings.Replace(zoneName.ReplaceAllString(text, "$1"), "GMT+", "+", 1)
	text = strings.Replace(text, "GMT-", "-", 1)
	text = utcSuffix.ReplaceAllString(text, "")
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

func timeLayouts() (layouts []string) {
	for _, local := range []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04",
		"2006/01/02 15:04:05", "20060102T150405"} {
		for _, offset := range []string{"", "Z07:00", "Z0700", "Z07", " Z07:00", " Z0700"} {
			layouts = append(layouts, local+offset)
		}
	}
	return append(layouts,
		"Mon, 02 Jan 2006 15:04:05", "Mon, 02 Jan 2006 15:04:05 -0700", // HTTP and mail, JavaScript's toUTCString
		"Mon Jan 02 2006 15:04:05 -0700",                               // JavaScript's toString
		"Mon Jan _2 15:04:05 UTC 2006", "Mon Jan _2 15:04:05 GMT 2006") // Java's toString
}
