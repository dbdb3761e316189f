package workflow

import (
	"context"
	"net/http"
	"testing"

	"retrycatch/internal/awsstub"
)

func TestTransient(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer awsstub.Answer
		want   bool
	}{
		{"throttling", awsstub.Error(http.StatusBadRequest, "ThrottlingException", "Rate exceeded"), true},
		{"broken connection", awsstub.ConnectionError("connection reset"), true},
		{"internal error of AWS", awsstub.Error(http.StatusInternalServerError, "InternalFailure", "server error"), true},
		{"access denied", awsstub.Denied(), false},
		{"missing execution", unknown, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(getHistory, test.answer)
			if _, err := Events(t.Context(), stub.Config(), execution); Transient(err) != test.want {
				t.Errorf("%v: got %t, want %t", err, !test.want, test.want)
			}
		})
	}
	if Transient(context.Canceled) {
		t.Error("context.Canceled: got true, want false")
	}
}
