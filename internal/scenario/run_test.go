package scenario

import (
	"testing"

	"retrycatch/internal/history"
)

func TestNameOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, input, want string }{
		{"429-20260102T030405Z-abcdef", `{"statuscode":"429"}`, "429"},
		{"200-20260102T030405Z-abcdef-00001", `{"statuscode":"200"}`, "200"},
		{"429-20260102T030405Z-abcdef", `{"statuscode":"200"}`, ""},
		{"input-20260102T030405Z-abcdef", `{"statuscode":"200"}`, ""},
		{"2001", `{"statuscode":"200"}`, ""},
		{"", "", ""},
	} {
		if got := NameOf(history.Execution{Name: test.name, Input: test.input}); got != test.want {
			t.Errorf("name %q, input %q: got %q, want %q", test.name, test.input, got, test.want)
		}
	}
}
