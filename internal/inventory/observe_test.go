package inventory

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
)

var (
	role         = Resource{Role, "lambda_basic_execution"}
	function     = Resource{Function, "MockAPIFunction"}
	machine      = Resource{StateMachine, awsstub.StateMachineARN}
	group        = Resource{LogGroup, "/aws/lambda/MockAPIFunction"}
	alarm        = Resource{Alarm, "retrycatch-function-errors"}
	dashboard    = Resource{Dashboard, "retrycatch"}
	topic        = Resource{Topic, awsstub.TopicARN}
	subscription = Resource{Subscription, awsstub.TopicARN + ":0a1b"}
)

// operations are what Observe calls for each of them.
var operations = map[Resource]string{
	role:         "IAM.GetRole",
	function:     "Lambda.GetFunctionConfiguration",
	machine:      "SFN.DescribeStateMachine",
	group:        "CloudWatch Logs.DescribeLogGroups",
	alarm:        "CloudWatch.DescribeAlarms",
	dashboard:    "CloudWatch.GetDashboard",
	topic:        "SNS.GetTopicAttributes",
	subscription: "SNS.GetSubscriptionAttributes",
}

func TestObserve(t *testing.T) {
	t.Parallel()
	notFound := func(code string) awsstub.Answer { return awsstub.Error(http.StatusNotFound, code, "not found") }
	tests := []struct {
		name     string
		resource Resource
		answers  []awsstub.Answer
		want     Observation
	}{
		{"a role", role, []awsstub.Answer{awsstub.Role("lambda_basic_execution")},
			Observation{Exists: true, Answer: "iam:GetRole: found"}},
		{"no role", role, []awsstub.Answer{notFound("NoSuchEntity")},
			Observation{Answer: "iam:GetRole: NoSuchEntity"}},
		{"a function", function, []awsstub.Answer{awsstub.JSON(`{"State": "Pending"}`)},
			Observation{Exists: true, State: "Pending", Answer: "lambda:GetFunctionConfiguration: found"}},
		{"no function", function, []awsstub.Answer{notFound("ResourceNotFoundException")},
			Observation{Answer: "lambda:GetFunctionConfiguration: ResourceNotFoundException"}},
		{"a state machine", machine, []awsstub.Answer{awsstub.StateMachine("ACTIVE")},
			Observation{Exists: true, State: "ACTIVE", Answer: "states:DescribeStateMachine: found"}},
		{"a state machine on its way out exists", machine, []awsstub.Answer{awsstub.StateMachine("DELETING")},
			Observation{Exists: true, State: "DELETING", Answer: "states:DescribeStateMachine: found"}},
		{"no state machine", machine, []awsstub.Answer{awsstub.NoStateMachine()},
			Observation{Answer: "states:DescribeStateMachine: StateMachineDoesNotExist"}},
		{"a log group", group, []awsstub.Answer{awsstub.LogGroups("", "/aws/lambda/MockAPIFunction")},
			Observation{Exists: true, Answer: "logs:DescribeLogGroups: found"}},
		{"a log group on the second page", group,
			[]awsstub.Answer{awsstub.LogGroups("second", "/aws/lambda/MockAPIFunction-2"), awsstub.LogGroups("", "/aws/lambda/MockAPIFunction")},
			Observation{Exists: true, Answer: "logs:DescribeLogGroups: found"}},
		{"no log group", group, []awsstub.Answer{awsstub.LogGroups("")},
			Observation{Answer: "logs:DescribeLogGroups: not listed"}},
		{"a log group whose name only begins alike is another one", group,
			[]awsstub.Answer{awsstub.LogGroups("second", "/aws/lambda/MockAPIFunction2"), awsstub.LogGroups("", "/aws/lambda/MockAPIFunction/old")},
			Observation{Answer: "logs:DescribeLogGroups: not listed"}},
		{"an alarm", alarm, []awsstub.Answer{awsstub.Alarms("", alarm.ID)},
			Observation{Exists: true, State: "OK", Answer: "cloudwatch:DescribeAlarms: found"}},
		{"no alarm", alarm, []awsstub.Answer{awsstub.Alarms("")},
			Observation{Answer: "cloudwatch:DescribeAlarms: not listed"}},
		{"another alarm than was asked for", alarm, []awsstub.Answer{awsstub.Alarms("", alarm.ID+"-2")},
			Observation{Answer: "cloudwatch:DescribeAlarms: not listed"}},
		{"a dashboard", dashboard, []awsstub.Answer{awsstub.Dashboard(dashboard.ID)},
			Observation{Exists: true, Answer: "cloudwatch:GetDashboard: found"}},
		{"no dashboard", dashboard, []awsstub.Answer{awsstub.NoDashboard()},
			Observation{Answer: "cloudwatch:GetDashboard: ResourceNotFound"}},
		{"a topic", topic, []awsstub.Answer{awsstub.Attributes()},
			Observation{Exists: true, Answer: "sns:GetTopicAttributes: found"}},
		{"no topic", topic, []awsstub.Answer{notFound("NotFound")},
			Observation{Answer: "sns:GetTopicAttributes: NotFound"}},
		{"a subscription", subscription, []awsstub.Answer{awsstub.Attributes()},
			Observation{Exists: true, Answer: "sns:GetSubscriptionAttributes: found"}},
		{"no subscription", subscription, []awsstub.Answer{notFound("NotFound")},
			Observation{Answer: "sns:GetSubscriptionAttributes: NotFound"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(operations[test.resource], test.answers...)
			got, err := Observe(t.Context(), stub.Config(), test.resource)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the observation differs (-want +got):\n%s", diff)
			}
		})
	}
}

// Nobody can delete a subscription that waits to be confirmed. With its topic it has nothing to tell any more.
func TestASubscriptionThatWaitsToBeConfirmedGoesWithItsTopic(t *testing.T) {
	t.Parallel()
	pending := awsstub.XML("<Attributes><entry><key>PendingConfirmation</key><value>true</value></entry>" +
		"<entry><key>TopicArn</key><value>" + awsstub.TopicARN + "</value></entry></Attributes>")
	tests := []struct {
		name  string
		topic awsstub.Answer
		want  Observation
	}{
		{"the topic exists", awsstub.Attributes(), Observation{Exists: true, State: "PendingConfirmation", Answer: "sns:GetSubscriptionAttributes: found"}},
		{"the topic is gone", awsstub.Error(http.StatusNotFound, "NotFound", "no"),
			Observation{Answer: "sns:GetSubscriptionAttributes: never confirmed; sns:GetTopicAttributes: NotFound"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On("SNS.GetSubscriptionAttributes", pending).On("SNS.GetTopicAttributes", test.topic)
			got, err := Observe(t.Context(), stub.Config(), subscription)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the observation differs (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("whether the topic exists cannot be said", func(t *testing.T) {
		t.Parallel()
		stub := awsstub.New(t).On("SNS.GetSubscriptionAttributes", pending).On("SNS.GetTopicAttributes", awsstub.Denied())
		_, err := Observe(t.Context(), stub.Config(), subscription)
		requireError(t, err, "AuthorizationError")
	})
}

func TestObserveAsksForTheResourceItself(t *testing.T) {
	t.Parallel()
	for resource := range operations {
		t.Run(string(resource.Kind), func(t *testing.T) {
			t.Parallel()
			// An account that holds this one and nothing else.
			got, err := Observe(t.Context(), awsstub.New(t).Holds(resource.ID).Config(), resource)
			if err != nil || !got.Exists {
				t.Errorf("%+v, %v", got, err)
			}
			// One that holds something else.
			got, err = Observe(t.Context(), awsstub.New(t).Holds("other").Config(), resource)
			if err != nil || got.Exists {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func TestWhatCannotBeSeenIsNotAbsent(t *testing.T) {
	t.Parallel()
	answers := []struct {
		name   string
		answer awsstub.Answer
		want   string
	}{
		{"access denied", awsstub.Denied(), awsstub.DeniedText},
		{"not found in another service's words", awsstub.Error(http.StatusNotFound, "NotFoundException", "no such thing"), "NotFoundException"},
		{"a server error", awsstub.Error(http.StatusInternalServerError, "InternalError", "try again"), "InternalError"},
		{"no connection", awsstub.Broken("connection refused"), "connection refused"},
	}
	for resource, operation := range operations {
		for _, test := range answers {
			t.Run(resource.Kind.Title()+": "+test.name, func(t *testing.T) {
				t.Parallel()
				stub := awsstub.New(t).On(operation, test.answer)
				got, err := Observe(t.Context(), stub.Config(), resource)
				requireError(t, err, test.want)
				requireError(t, err, resource.String())
				if got != (Observation{}) {
					t.Errorf("there is an observation beside the error: %+v", got)
				}
			})
		}
	}
}

func TestObserveRefusesOtherKinds(t *testing.T) {
	t.Parallel()
	_, err := Observe(t.Context(), awsstub.New(t).Config(), Resource{"AWS::S3::Bucket", "bucket"})
	requireError(t, err, "AWS::S3::Bucket bucket")
}
