package resource

import (
	"errors"
	"net/http"
	"testing"

	"retrycatch/internal/awsstub"
)

// TestObserveUnknownKindAbsent gets "not found" from Cloud Control. This proves nothing, because
// Cloud Control may use another ID than CloudFormation.
func TestObserveUnknownKindAbsent(t *testing.T) {
	t.Parallel()
	_, err := Observe(t.Context(), awsstub.New(t).On("CloudControl.GetResource",
		notFound("ResourceNotFoundException")).Config(), queue)
	unproven := (*UnprovenError)(nil)
	if !errors.As(err, &unproven) || unproven.Answer != "cloudformation:GetResource: ResourceNotFoundException" {
		t.Errorf("got error %v", err)
	}
}

// TestObserveUnconfirmedSubscription reads a subscription that nobody can delete. Once its topic is
// gone, it counts as gone.
func TestObserveUnconfirmedSubscription(t *testing.T) {
	t.Parallel()
	const found = "sns:GetSubscriptionAttributes: found"
	tests := []struct {
		name    string
		topic   awsstub.Answer
		want    Observation
		wantErr string
	}{
		{"topic exists", anyTopic, Observation{Exists: true, State: "PendingConfirmation", Answer: found}, ""},
		{"topic is gone", noTopic,
			Observation{Answer: "sns:GetSubscriptionAttributes: never confirmed; sns:GetTopicAttributes: NotFound"},
			""},
		{"topic cannot be checked", awsstub.Denied(), Observation{}, "AuthorizationError"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(asked[subscription], pending).On(asked[topic], test.topic).On(tagsOfTopic, noTags)
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

// TestObserveUnknown gives answers without the resource, which never prove that it is gone.
func TestObserveUnknown(t *testing.T) {
	t.Parallel()
	bodies := map[Resource]awsstub.Answer{
		role:         awsstub.XML(),
		function:     awsstub.JSON(`{}`),
		machine:      awsstub.JSON(`{}`),
		group:        awsstub.JSON(`{}`),
		alarm:        awsstub.XML(),
		dashboard:    awsstub.XML(),
		topic:        awsstub.XML(),
		subscription: awsstub.XML(),
		asset:        awsstub.Head(http.StatusOK),
		queue:        awsstub.JSON(`{}`),
	}
	others := map[Resource]awsstub.Answer{
		role:         awsstub.Role("other"),
		function:     awsstub.Function("other"),
		machine:      awsstub.StateMachineOf("other", "ACTIVE"),
		topic:        awsstub.Attributes("TopicArn", "other"),
		subscription: awsstub.Attributes("TopicArn", "other"),
	}
	halves := map[Resource]awsstub.Answer{queue: awsstub.JSON(`{"ResourceDescription": {}}`)}
	for r := range asked {
		tests := []struct {
			name   string
			answer awsstub.Answer
			want   string
		}{
			{"access denied", awsstub.Denied(), "403"},
			{"another service's not found", awsstub.Error(http.StatusBadRequest, "NotFoundException",
				"no such thing"), "400"},
			{"server error", awsstub.Error(http.StatusInternalServerError, "InternalError", "try again"), "500"},
			{"no connection", awsstub.Broken("connection refused"), "connection refused"},
			{"answer without the resource", bodies[r], "did not return"},
			{"answer with another resource", others[r], "did not return"},
			{"answer with a part of the resource", halves[r], "did not return"},
		}
		for _, test := range tests {
			if test.answer == nil {
				continue
			}
			t.Run(r.Kind.Title()+"/"+test.name, func(t *testing.T) {
				t.Parallel()
				got, err := Observe(t.Context(), awsstub.New(t).On(asked[r], test.answer).Config(), r)
				requireError(t, err, test.want)
				requireError(t, err, r.String())
				requireEqual(t, Observation{}, got)
			})
		}
	}
}

// TestObserveUnsupportedKind uses kinds that Cloud Control does not support or identifies
// differently.
func TestObserveUnsupportedKind(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"UnsupportedActionException", "TypeNotFoundException", "ValidationException"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(asked[queue], awsstub.Error(http.StatusBadRequest, code, "no"))
			got, err := Observe(t.Context(), stub.Config(), queue)
			requireError(t, err, code)
			requireEqual(t, Observation{}, got)
		})
	}
}
