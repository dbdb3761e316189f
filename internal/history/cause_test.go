package history

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNewCause(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, message, kind string
	}{
		{"empty", "", "", ""},
		{"plain text", "Unknown error!", "Unknown error!", ""},
		{
			"function error",
			`{"errorMessage":"429 Too Many Requests","errorType":"TooManyRequestsException"}`,
			"429 Too Many Requests",
			"TooManyRequestsException",
		},
		{"white space and stack trace", `{"errorMessage": "m", "errorType": "T", "stackTrace": [{"path": "main.go"}]}`,
			"m", "T"},
		{"no type", `{"errorMessage":"m"}`, "m", ""},
		{"no message", `{"errorType":"T"}`, `{"errorType":"T"}`, ""},
		{"other JSON", `["errorMessage"]`, `["errorMessage"]`, ""},
		{"message not a string", `{"errorMessage":429}`, `{"errorMessage":429}`, ""},
		{"truncated JSON", `{"errorMessage":"m`, `{"errorMessage":"m`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(Cause{Text: test.text, Message: test.message, Type: test.kind},
				NewCause(test.text)); diff != "" {
				t.Errorf("the cause differs (-want +got):\n%s", diff)
			}
		})
	}
}
