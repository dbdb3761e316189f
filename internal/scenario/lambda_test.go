package scenario

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/asl"
	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/statemachine"
)

func TestLambdaErrors(t *testing.T) {
	t.Parallel()
	definition, err := asl.Parse([]byte(statemachine.Definition))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(definition.State("Call API").Retry[1].ErrorEquals, asl.ErrorNames(lambdaErrors)); diff != "" {
		t.Errorf("lambdaErrors differs from the definition (-definition +lambdaErrors):\n%s", diff)
	}
}

func TestLambdaRetries(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, scenario string
		errors         []string
		want           LambdaRetries
		deviates       bool
	}{
		{"no Lambda error", "200", nil, LambdaRetries{}, false},
		{"Lambda errors, then success", "200", []string{lambdaThrottled, lambdaThrottled}, LambdaRetries{2, 2}, false},
		{"Lambda error, then function error", "503", []string{"Lambda.ServiceException"}, LambdaRetries{1, 0}, false},
		{"Lambda errors, then function errors", "429", []string{lambdaThrottled, "Lambda.SdkClientException"},
			LambdaRetries{2, 1}, false},
		{"retried function error, no Lambda error", "429", []string{"TooManyRequestsException"}, LambdaRetries{}, true},
		{"Lambda error without a retry", "200", []string{"Lambda.Unknown"}, LambdaRetries{}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := history.New(awsstub.LambdaErrorEvents(test.scenario, test.errors...))
			if got := CountLambdaRetries(e.Steps...); got != test.want {
				t.Errorf("got counts %+v, want %+v", got, test.want)
			}
			if deviations := findScenario(t, test.scenario).Check(e); (len(deviations) > 0) != test.deviates {
				t.Errorf("got deviations %v; want any: %t", deviations, test.deviates)
			}
		})
	}
	t.Run("Lambda errors in every attempt", func(t *testing.T) {
		t.Parallel()
		r := awsstub.Record(awsstub.AWS, `{"statuscode":"200"}`).Enter("Task", "Call API")
		for range 7 {
			r.Fail(lambdaThrottled, "Rate Exceeded.")
		}
		r.Catch(lambdaThrottled, "Rate Exceeded.").Enter("Fail", "Catch All")
		e := history.New(r.End("An error of unknown type occurred", "Unknown error!"))
		if got := CountLambdaRetries(e.Steps...); got != (LambdaRetries{6, 6}) ||
			e.Status != types.ExecutionStatusFailed {
			t.Errorf("got counts %+v and status %s, want 6 retries, all throttled, and status FAILED", got, e.Status)
		}
		if deviations := findScenario(t, "200").Check(e); len(deviations) == 0 {
			t.Error("got no deviations, want some")
		}
	})
}
