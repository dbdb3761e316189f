package inventory

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
)

// roleEvent returns an event of a role. second is the number of seconds after the stack's
// creation.
func roleEvent(second int, id, status string) awsstub.StackResource {
	return awsstub.StackResource{Kind: string(resource.Role), ID: id, LogicalID: "Role", Status: status,
		At: awsstub.Created.Add(time.Duration(second) * time.Second)}
}

func TestEventLog(t *testing.T) {
	t.Parallel()
	begun, done, gone := roleEvent(0, "", "CREATE_IN_PROGRESS"), roleEvent(3, "r", "CREATE_COMPLETE"),
		roleEvent(5, "r", "DELETE_COMPLETE")
	stackEvent := awsstub.StackResource{Kind: "AWS::CloudFormation::Stack", ID: awsstub.StackARN,
		Status: "CREATE_COMPLETE"}
	for name, test := range map[string]struct {
		marked  bool // the first response sets the mark
		answers []awsstub.Answer
		want    []string // events of each call
	}{
		"no mark": {false, []awsstub.Answer{awsstub.Events("", done, begun)},
			[]string{"CREATE_IN_PROGRESS CREATE_COMPLETE ", ""}},
		"since the mark": {true, []awsstub.Answer{awsstub.Events("", begun, stackEvent),
			awsstub.Events("", gone, done, begun, stackEvent)}, []string{"CREATE_COMPLETE DELETE_COMPLETE ", ""}},
		"known event": {false, []awsstub.Answer{awsstub.Events("", begun), awsstub.Events("", done, begun)},
			[]string{"CREATE_IN_PROGRESS ", "CREATE_COMPLETE "}},
		"two pages": {false, []awsstub.Answer{awsstub.Events("more", gone), awsstub.Events("", done, begun)},
			[]string{"CREATE_IN_PROGRESS CREATE_COMPLETE DELETE_COMPLETE "}},
		"stack created later": {false, []awsstub.Answer{awsstub.NoStack(), awsstub.Events("", stackEvent)},
			[]string{"", "stack "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On("CloudFormation.DescribeStackEvents", test.answers...)
			var mark Mark
			if test.marked {
				var err error
				if mark, err = MarkEvents(t.Context(), stub.Config(), "retrycatch"); err != nil {
					t.Fatal(err)
				}
			}
			log := NewEventLog(stub.Config(), "retrycatch", mark)
			var got []string
			for range test.want {
				events, err := log.NewEvents(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				line := ""
				for _, event := range events {
					if event.OfStack {
						line += "stack "
						continue
					}
					line += string(event.Status) + " "
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the events differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEventLogFollow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stub := awsstub.New(t).On("CloudFormation.DescribeStackEvents",
			awsstub.Events("", roleEvent(0, "", "CREATE_IN_PROGRESS")),
			awsstub.Events("", roleEvent(3, "r", "CREATE_COMPLETE"), roleEvent(0, "", "CREATE_IN_PROGRESS")))
		ctx, cancel := context.WithCancel(t.Context())
		var got []string
		err := NewEventLog(stub.Config(), "retrycatch", "").Follow(ctx, func(e Event) {
			if got = append(got, e.ID+" "+e.String()); len(got) == 2 {
				cancel()
			}
		})
		want := []string{" CREATE_IN_PROGRESS AWS::IAM::Role                     Role",
			"r CREATE_COMPLETE    AWS::IAM::Role                     Role"}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("got error %v, want none; the events differ (-want +got):\n%s", err, diff)
		}
		stub.On("CloudFormation.DescribeStackEvents", awsstub.Denied())
		if err := NewEventLog(stub.Config(), "retrycatch", "").Follow(t.Context(), func(Event) {}); err == nil {
			t.Error("denied call: got no error from Follow")
		}
	})
}
