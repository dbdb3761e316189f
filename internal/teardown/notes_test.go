package teardown

import (
	"maps"
	"slices"
	"testing"
	"time"

	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

const functionARNPrefix = "arn:aws:lambda:eu-west-1:111122223333:function:"

func TestNotes(t *testing.T) {
	mapping := resource.Resource{Kind: "AWS::Lambda::EventSourceMapping", ID: "uuid"}
	tests := []struct {
		name    string
		prepare func(*account, *stack)
		want    map[string]string // commands, keyed by the note's name
		denied  int               // number of denied calls
	}{
		{"records that AWS keeps", func(*account, *stack) {}, nil, 0},
		{"log resource policy", func(a *account, _ *stack) {
			a.ResourcePolicies = []string{"other", "AWSLogDeliveryWrite20150319"}
		}, map[string]string{"the log resource policy AWSLogDeliveryWrite20150319": ""}, 0},
		{"triggers", func(a *account, _ *stack) {
			a.EventSourceMappings = map[string]string{
				"uuid": functionARNPrefix + fn.ID + ":live", "other": functionARNPrefix + "Other"}
			a.EventRules = []string{"nightly-run"}
		}, map[string]string{"the event source mapping uuid": "aws lambda delete-event-source-mapping --uuid uuid",
			"the EventBridge rule nightly-run": "aws events list-targets-by-rule --rule nightly-run"}, 0},
		{"stack's own trigger", func(a *account, s *stack) {
			s.AddCreationEvents(s.Created, mapping)
			a.Add(mapping, instance{Created: s.Created})
			a.EventSourceMappings = map[string]string{"uuid": functionARNPrefix + fn.ID}
		}, nil, 0},
		{"triggers of somebody else's resources", func(a *account, s *stack) {
			s.AddEvent(s.Created.Add(1), fn, "CREATE_FAILED") // overrides the earlier CREATE_COMPLETE
			s.AddEvent(s.Created.Add(2), machine, "CREATE_FAILED")
			a.FirstInstance(fn).Created, a.FirstInstance(machine).Created = s.Created.Add(-time.Hour), s.Created.Add(-time.Hour)
			a.EventSourceMappings, a.EventRules = map[string]string{"uuid": functionARNPrefix + fn.ID}, []string{"nightly-run"}
		}, nil, 0},
		{"denied", func(a *account, _ *stack) {
			a.Deny("CloudWatch Logs.DescribeResourcePolicies", "Lambda.ListEventSourceMappings",
				"EventBridge.ListRuleNamesByTarget")
		}, nil, 4}, // two of the calls list rules
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a, s := deployed(t)
				test.prepare(a, s)
				report := destroy(t, a, Options{})
				want := map[string]string{}
				for _, note := range keptByAWS {
					want[note.Name] = ""
				}
				maps.Copy(want, test.want)
				got := map[string]string{}
				for _, note := range report.Notes {
					if got[note.Name] = note.Command; note.Why == "" {
						t.Errorf("the note %s: got no reason", note.Name)
					}
				}
				requireSame(t, "the notes", want, got)
				notDenied := func(err error) bool { return !session.Denied(err) }
				if len(report.Warnings) != test.denied || slices.ContainsFunc(report.Warnings, notDenied) {
					t.Errorf("got warnings %v, want %d denied calls", report.Warnings, test.denied)
				}
			})
		})
	}
}
