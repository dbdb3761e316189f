package aws

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		outcome Outcome
		want    string
	}{
		"passed": {Outcome{"run all", Passed, 4500 * time.Millisecond, "4 executions"},
			"✓ run all                               4.5s  4 executions"},
		"minutes": {Outcome{"deploy and destroy", Passed, 1863 * time.Second, ""},
			"✓ deploy and destroy                  31m03s"},
		"not applicable": {Outcome{"trace", NotApplicable, time.Second, "no"},
			"– trace                                 1.0s  not applicable: no"},
		"long detail": {Outcome{"trace", Failed, time.Second, strings.Repeat("word ", 20)},
			"✗ trace                                 1.0s\n" +
				"    word word word word word word word word word word word word word word word\n" +
				"    word word word word word"},
		"detail with lines": {Outcome{"trace", Failed, time.Second, "one\ntwo"},
			"✗ trace                                 1.0s  one two"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := test.outcome.Line()
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			for line := range strings.Lines(got) {
				if width := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); width > lineWidth {
					t.Errorf("got a line with %d columns, want at most %d: %s", width, lineWidth, line)
				}
			}
		})
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	outcomes := []Outcome{
		{"run all", Passed, 4 * time.Second, "a | b"},
		{"trace", NotApplicable, time.Second, "no traces"},
		{"role", Failed, time.Second, "arn:aws:iam::123456789012:role/lost is gone"},
	}
	want := `### make smoke

1 passed, 1 failed, 1 not applicable

- region: eu-central-1

| | check | took | |
|---|---|---|---|
| ✓ | run all | 4.0s | a \| b |
| – | trace | 1.0s | not applicable: no traces |
| ✗ | role | 1.0s | arn:…:role/lost is gone |
`
	got := Summary([]Fact{{"region", "eu-central-1"}}, outcomes, Redaction{Account: "123456789012"})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Shortening a detail never leaves part of an account ID.
func TestSummaryCutsLongDetail(t *testing.T) {
	t.Parallel()
	for length := maxDetail - 20; length < maxDetail; length++ {
		detail := strings.Repeat("x", length) + " 123456789012" + strings.Repeat(" y", 100)
		got := Summary(nil, []Outcome{{"role", Failed, time.Second, detail}}, Redaction{Account: "123456789012"})
		if strings.Contains(got, " 12") || !strings.Contains(got, "… |") {
			t.Errorf("account ID after %d characters: got\n%swant an ellipsis, and no part of the account ID", length, got)
		}
	}
}

func TestRedaction(t *testing.T) {
	t.Parallel()
	redaction := Redaction{Account: "123456789012",
		Caller:  "arn:aws:sts::123456789012:assumed-role/Admin/jane@example.com",
		Secrets: []string{"wJalrXUtnFEMI", ""}}
	for name, test := range map[string]struct{ text, want string }{
		"account":                  {"account 123456789012, region x", "account ACCOUNT, region x"},
		"account in a name":        {"cdk-x-assets-123456789012-eu-west-1", "cdk-x-assets-ACCOUNT-eu-west-1"},
		"account in a longer word": {"a123456789012b", "aACCOUNTb"},
		"another account":          {"trusts 210987654321", "trusts ACCOUNT"},
		"ARN":                      {"arn:aws-us-gov:iam::210987654321:role/x", "arn:…:role/x"},
		"ARN without account":      {"arn:aws:s3:::bucket", "arn:aws:s3:::bucket"},
		"caller":                   {"jane@example.com may not call", "… may not call"},
		"secret":                   {"key wJalrXUtnFEMI used", "key … used"},
		"access key":               {"AKIAIOSFODNN7EXAMPLE", "KEY"},
		"signed URL":               {"https://b/k?X-Amz-Signature=abc&x=1", "https://b/k?X-Amz-…&x=1"},
		"user's folder":            {"/home/jane/x and /Users/jane/x", "~/x and ~/x"},
		"time and hash":            {"2026-11-25T18:29:12 5f4422a 1.5s", "2026-11-25T18:29:12 5f4422a 1.5s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := redaction.Apply(test.text); got != test.want {
				t.Errorf("%q: got %q, want %q", test.text, got, test.want)
			}
		})
	}
}
