package workflow

import (
	"context"
	"net/http"
	"testing"

	"retrycatch/internal/awsstub"
)

func TestOnlyWhatMayPassIsTransient(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer awsstub.Answer
		want   bool
	}{
		{"throttling", awsstub.Error(http.StatusBadRequest, "ThrottlingException", "Rate exceeded"), true},
		{"a broken connection", awsstub.Broken("connection reset"), true},
		{"a fault of AWS", awsstub.Error(http.StatusInternalServerError, "InternalFailure", "sorry"), true},
		{"access denied", awsstub.Denied(), false},
		{"an execution that does not exist", unknown, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(getHistory, test.answer)
			if _, err := Events(t.Context(), stub.Config(), execution); Transient(err) != test.want {
				t.Errorf("%v counts as transient: %t", err, !test.want)
			}
		})
	}
	if Transient(context.Canceled) {
		t.Error("an interrupt counts as transient")
	}
}
