package history

import (
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

func TestParseTime(t *testing.T) {
	t.Parallel()
	whole := time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC)
	exact := whole.Add(123 * time.Millisecond)
	for text, want := range map[string]time.Time{
		"1714557600": whole, "1714557600.123": exact, `"1714557600.123"`: exact, "1.714557600123E9": exact,
		"2": time.Unix(2, 0).UTC(), "0": time.Unix(0, 0).UTC(),
		"1714557600123": exact, `"1714557600123"`: exact, "1714557600123.0": exact, "1714557600123000": exact,
		"1714557600123000000": exact,
		"946684800":           time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC),

		`"2024-05-01T10:00:00.123Z"`: exact, `"2024-05-01T12:00:00.123+02:00"`: exact,
		`"2024-05-01T15:30:00.123+0530"`: exact, `"2024-05-01T12:00:00.123+02"`: exact,
		`"2024-05-01T10:00:00.123"`: exact, `"2024-05-01T10:00:00.1230000Z"`: exact, `"2024-05-01T10:00:00,123Z"`: exact,
		`"20240501T100000.123Z"`:             exact,
		`"2024-05-01 10:00:00.123000+00:00"`: exact, `"2024-05-01 10:00:00.123000"`: exact,
		`"2024-05-01 10:00:00,123"`: exact, `"2024-05-01 10:00:00"`: whole,
		`"2024-05-01 12:00:00 +0200"`: whole, `"2024-05-01 10:00:00 UTC"`: whole,
		`"2024-05-01 10:00:00.123 +0000 UTC"`: exact, `"2024-05-01 12:00:00.123 +0200 CEST m=+0.01"`: exact,
		`"2024-05-01T10:00Z"`: whole, `"2024-05-01T12:00:00.123+02:00[Europe/Berlin]"`: exact,
		`"2024-05-01T10:00:00.123Z[UTC]"`:                                    exact,
		`"Wed, 01 May 2024 10:00:00 GMT"`:                                    whole,
		`"Wed May 01 2024 12:00:00 GMT+0200 (Central European Summer Time)"`: whole,
		`"Wed May 01 10:00:00 UTC 2024"`:                                     whole,
		`"/Date(1714557600123)/"`:                                            exact, `"\/Date(1714557600123+0200)\/"`: exact,
		`{"value":"/Date(1714557600123)/","DateTime":"Mittwoch"}`: exact,
		`{"seconds":1714557600,"nanos":123000000}`:                exact,
		`{"epochSecond":1714557600,"nano":123000000}`:             exact,
		`{"$date":"2024-05-01T10:00:00.123Z"}`:                    exact,
	} {
		if got, err := parseTime(gjson.Parse(text)); err != nil || got != want {
			t.Errorf("%s: got %v and error %v, want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"null": "no timestamp", "-1e9": "not between 1970 and 2100", "-5": "not between 1970 and 2100",
		`"1938-04-24T22:13:20Z"`: "not between 1970 and 2100",
		`"0001-01-01T00:00:00"`:  "not between", `"2100-01-01T00:00:00Z"`: "not between",
		"4102444800": "invalid timestamp", "17145576001230": "invalid timestamp", "1e300": "invalid timestamp",
		"20240501": "invalid timestamp", `"20240501"`: "invalid timestamp", `"20240501100000"`: "invalid timestamp",
		`"1.71456E+12"`: "invalid timestamp", `"NaN"`: "invalid timestamp", `"Infinity"`: "invalid timestamp",
		`"5/1/2024 10:00:00 AM"`: "invalid timestamp", `"01.05.2024 10:00:00"`: "invalid timestamp",
		`"2024-05-01"`: "invalid timestamp", `"2024-05-01 10:00:00 CEST"`: "invalid timestamp",
		`"Wed May 01 12:00:00 CEST 2024"`: "invalid timestamp", `""`: "invalid timestamp",
		"true": "invalid timestamp", "[1]": "invalid timestamp", "{}": "invalid timestamp",
		`{"value":{"value":1}}`: "invalid timestamp",
	} {
		if got, err := parseTime(gjson.Parse(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v and error %v, want %s", text, got, err, want)
		}
	}
}
