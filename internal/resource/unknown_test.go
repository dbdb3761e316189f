package resource

import (
	"errors"
	"net/http"
	"testing"

	"retrycatch/internal/awsstub"
)

// Cloud Control may use another identifier than CloudFormation, so "not found" does not prove that
// the resource is gone.
func TestObserveUnknownKindAbsent(t *testing.T) {
	t.Parallel()
	_, err := Observe(t.Context(), awsstub.New(t).On("CloudControl.GetResource",
		notFound("ResourceNotFoundException")).Config(), queue)
	unproven := (*UnprovenError)(nil)
	if !errors.As(err, &unproven) || unproven.Result != "cloudformation:GetResource: ResourceNotFoundException" {
		t.Errorf("got error %v, want an UnprovenError", err)
	}
}

// Nobody can delete an unconfirmed subscription, so it counts as gone once its topic is gone.
func TestObserveUnconfirmedSubscription(t *testing.T) {
	t.Parallel()
	const found = "sns:GetSubscriptionAttributes: found"
	tests := []struct {
		name    string
		topic   awsstub.Answer
		want    Observation
		wantErr string
	}{
		{"topic exists", existingTopic, Observation{Exists: true, State: "PendingConfirmation", Result: found}, ""},
		{"topic is gone", noTopic,
			Observation{Result: "sns:GetSubscriptionAttributes: never confirmed; sns:GetTopicAttributes: NotFound"},
			""},
		{"topic cannot be checked", awsstub.Denied(), Observation{}, "AuthorizationError"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(operations[subscription], pending).On(operations[topic], test.topic).
				On(listTopicTags, noTags)
			got, err := Observe(t.Context(), stub.Config(), subscription)
			if test.wantErr != "" {
				requireError(t, err, test.wantErr)
			} else if err != nil {
				t.Error(err)
			}
			requireEqual(t, test.want, got)
		})
	}
}

// TestObserveFails checks that Observe returns an error unless the response proves whether the
// resource exists.
func TestObserveFails(t *testing.T) {
	t.Parallel()
	empty := map[Resource]awsstub.Answer{
		role:         awsstub.XML(),
		function:     awsstub.JSON(`{}`),
		machine:      awsstub.JSON(`{}`),
		group:        awsstub.JSON(`{}`),
		alarm:        awsstub.XML(),
		dashboard:    awsstub.XML(),
		topic:        awsstub.XML(),
		subscription: awsstub.XML(),
		asset:        awsstub.Body("application/xml", ""),
		queue:        awsstub.JSON(`{}`),
	}
	others := map[Resource]awsstub.Answer{
		role:         awsstub.Role("other"),
		function:     awsstub.Function("other"),
		machine:      awsstub.StateMachineWithARN("other", "ACTIVE"),
		topic:        awsstub.Attributes("TopicArn", "other"),
		subscription: awsstub.Attributes("TopicArn", "other"),
	}
	partial := map[Resource]awsstub.Answer{queue: awsstub.JSON(`{"ResourceDescription": {}}`)}
	for r := range operations {
		tests := []struct {
			name   string
			answer awsstub.Answer
			want   string
		}{
			{"access denied", awsstub.Denied(), "403"},
			{"error code of another service", awsstub.Error(http.StatusBadRequest, "NotFoundException",
				"no such thing"), "400"},
			{"server error", awsstub.Error(http.StatusInternalServerError, "InternalError", "try again"), "500"},
			{"no connection", awsstub.ConnectionError("connection refused"), "connection refused"},
			{"response without the resource", empty[r], "did not return"},
			{"response with another resource", others[r], "did not return"},
			{"response with part of the resource", partial[r], "did not return"},
		}
		for _, test := range tests {
			if test.answer == nil {
				continue
			}
			t.Run(r.Kind.Title()+"/"+test.name, func(t *testing.T) {
				t.Parallel()
				got, err := Observe(t.Context(), awsstub.New(t).On(operations[r], test.answer).Config(), r)
				requireError(t, err, test.want)
				requireError(t, err, r.String())
				requireEqual(t, Observation{}, got)
			})
		}
	}
}

// Cloud Control returns these codes for a kind that it does not support, or identifies differently.
func TestObserveUnsupportedKind(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"UnsupportedActionException", "TypeNotFoundException", "ValidationException"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(operations[queue], awsstub.Error(http.StatusBadRequest, code, "no"))
			got, err := Observe(t.Context(), stub.Config(), queue)
			requireError(t, err, code)
			requireEqual(t, Observation{}, got)
		})
	}
}
