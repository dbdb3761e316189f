package inventory

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
)

// at returns the time n seconds after the creation of the stack.
func at(n int) time.Time { return awsstub.Created.Add(time.Duration(n) * time.Second) }

// step returns an event or a list entry, n seconds after the creation of the stack. The ID may be
// empty.
func step(n int, logicalID, id string, status types.ResourceStatus, reason ...string) awsstub.StackResource {
	s := awsstub.StackResource{Kind: string(resource.Role), ID: id, LogicalID: logicalID, Status: string(status),
		At: at(n)}
	if len(reason) > 0 {
		s.Reason = reason[0]
	}
	return s
}

func events(steps []awsstub.StackResource) (all []types.StackEvent) {
	for _, s := range steps {
		event := types.StackEvent{LogicalResourceId: &s.LogicalID, ResourceType: &s.Kind, Timestamp: &s.At,
			ResourceStatus: types.ResourceStatus(s.Status), ResourceStatusReason: &s.Reason}
		if s.ID != "" {
			event.PhysicalResourceId = &s.ID
		}
		all = append(all, event)
	}
	return all
}

func list(steps []awsstub.StackResource) (all []types.StackResourceSummary) {
	for _, e := range events(steps) {
		all = append(all,
			types.StackResourceSummary{LogicalResourceId: e.LogicalResourceId, ResourceType: e.ResourceType,
				PhysicalResourceId: e.PhysicalResourceId, ResourceStatus: e.ResourceStatus,
				LastUpdatedTimestamp: e.Timestamp})
	}
	return all
}

// tell formats a member on one line, with times as seconds after the creation of the stack.
func tell(m Member) string {
	seconds := func(t time.Time) string {
		if t.IsZero() {
			return "?"
		}
		return fmt.Sprint(t.Sub(awsstub.Created).Seconds())
	}
	text := fmt.Sprintf("%s as %s: %s, begun %s, changed %s", m.ID, m.LogicalID, m.Status, seconds(m.Begun),
		seconds(m.Changed))
	if m.Owned() {
		text += ", owned"
	}
	if !m.ending.IsZero() {
		text += ", ending " + seconds(m.ending)
	}
	if m.existed {
		text += ", existed"
	}
	if m.dropped {
		text += ", dropped"
	}
	return text
}

const (
	creating = types.ResourceStatusCreateInProgress
	created  = types.ResourceStatusCreateComplete
	uncreate = types.ResourceStatusCreateFailed
	updating = types.ResourceStatusUpdateInProgress
	updated  = types.ResourceStatusUpdateComplete
	deleting = types.ResourceStatusDeleteInProgress
	deleted  = types.ResourceStatusDeleteComplete
	stuck    = types.ResourceStatusDeleteFailed
	skipped  = types.ResourceStatusDeleteSkipped
)

const taken = "Resource of type 'AWS::IAM::Role' with identifier 'a' already exists. (HandlerErrorCode: AlreadyExists)"

func TestMembers(t *testing.T) {
	t.Parallel()
	type steps = []awsstub.StackResource
	// made returns a resource's creation events.
	made := steps{step(1, "A", "", creating), step(2, "A", "a", creating), step(3, "A", "a", created)}
	after := func(before steps, more ...awsstub.StackResource) steps {
		return append(append(steps{}, before...), more...)
	}
	tests := []struct {
		name   string
		gone   bool // the stack
		events steps
		list   steps
		want   []string
	}{
		{"nothing", false, nil, nil, nil},
		{"list only", false, nil, steps{step(3, "A", "a", created), step(2, "B", "b", updated)},
			[]string{"a as A: CREATE_COMPLETE, begun ?, changed 3, owned",
				"b as B: UPDATE_COMPLETE, begun ?, changed 2, owned"}},
		{"list and events", false, made, steps{step(3, "A", "a", created)},
			[]string{"a as A: CREATE_COMPLETE, begun 1, changed 3, owned"}},
		{"never created", false, steps{step(1, "A", "", creating), step(2, "A", "", uncreate)},
			steps{step(2, "A", "", uncreate)}, nil},
		{"without a physical ID", false, nil,
			steps{{Kind: "AWS::CDK::Metadata", ID: "meta", LogicalID: "M", Status: string(created)},
				{Kind: "AWS::SNS::TopicPolicy", ID: "policy", LogicalID: "P", Status: string(created)}}, nil},
		{"the stack itself", false,
			steps{{Kind: "AWS::CloudFormation::Stack", ID: awsstub.StackARN, LogicalID: "retrycatch",
				Status: string(created)}}, nil, nil},

		// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackResourceSummary.html
		{"rolled back", false, after(made, step(5, "A", "a", deleting), step(6, "A", "a", deleted)),
			steps{step(6, "A", "a", deleted)},
			[]string{"a as A: DELETE_COMPLETE, begun 1, changed 6, ending 5"}},
		{"creation failed with a physical ID", false,
			steps{step(1, "A", "", creating), step(2, "A", "a", creating), step(4, "A", "a", uncreate, "timed out")},
			steps{step(4, "A", "a", uncreate)},
			[]string{"a as A: CREATE_FAILED, begun 1, changed 4"}},
		{"creation failed, resource existed", false,
			steps{step(1, "A", "", creating), step(2, "A", "a", uncreate, taken)}, steps{step(2, "A", "a", uncreate)},
			[]string{"a as A: CREATE_FAILED, begun 1, changed 2, existed"}},
		{"creation failed, skipped, ID only in the list", false,
			steps{step(1, "A", "", creating), step(2, "A", "", uncreate, taken)}, steps{step(3, "A", "a", skipped)},
			[]string{"a as A: DELETE_SKIPPED, begun 1, changed 3, existed"}},
		{"creation failed, ID only in the deletion", false,
			steps{step(1, "A", "", creating), step(2, "A", "", uncreate, taken), step(3, "A", "a", deleted)}, nil,
			[]string{"a as A: DELETE_COMPLETE, begun 1, changed 3, existed, dropped"}},
		{"deletion failed", false, after(made, step(5, "A", "a", deleting), step(6, "A", "a", stuck)),
			steps{step(6, "A", "a", stuck)},
			[]string{"a as A: DELETE_FAILED, begun 1, changed 6, owned, ending 5"}},
		{"deletion failed twice", false, after(made, step(5, "A", "a", deleting), step(6, "A", "a", stuck),
			step(7, "A", "a", deleting), step(8, "A", "a", stuck)), steps{step(8, "A", "a", stuck)},
			[]string{"a as A: DELETE_FAILED, begun 1, changed 8, owned, ending 5"}},

		{"deletion failed, then skipped", false, after(made, step(5, "A", "a", stuck), step(6, "A", "a", skipped)),
			steps{step(6, "A", "a", skipped)},
			[]string{"a as A: DELETE_SKIPPED, begun 1, changed 6, ending 5"}},
		{"skipped immediately", false, after(made, step(6, "A", "a", skipped)), steps{step(6, "A", "a", skipped)},
			[]string{"a as A: DELETE_SKIPPED, begun 1, changed 6"}},

		{"replaced", false,
			after(made, step(5, "A", "a", updating), step(6, "A", "b", updating), step(7, "A", "b", updated),
				step(8, "A", "a", deleting), step(9, "A", "a", deleted)), steps{step(7, "A", "b", updated)},
			[]string{"a as A: DELETE_COMPLETE, begun 1, changed 9, ending 8, dropped",
				"b as A: UPDATE_COMPLETE, begun 5, changed 7, owned"}},
		{"replaced, cleanup failed", false, after(made, step(5, "A", "a", updating), step(6, "A", "b", updating),
			step(7, "A", "b", updated), step(8, "A", "a", deleting),
			step(9, "A", "a", stuck)), steps{step(7, "A", "b", updated)},
			[]string{"a as A: DELETE_FAILED, begun 1, changed 9, ending 8, dropped",
				"b as A: UPDATE_COMPLETE, begun 5, changed 7, owned"}},
		{"replaced without a cleanup", false, after(made, step(5, "A", "a", updating), step(7, "A", "b", updated)),
			steps{step(7, "A", "b", updated)},
			[]string{"a as A: UPDATE_IN_PROGRESS, begun 1, changed 5, dropped",
				"b as A: UPDATE_COMPLETE, begun 5, changed 7, owned"}},
		{"removed, cleanup failed", false,
			after(made, step(8, "A", "a", deleting), step(9, "A", "a", stuck)),
			steps{step(3, "B", "b", created)},
			[]string{"a as A: DELETE_FAILED, begun 1, changed 9, ending 8, dropped",
				"b as B: CREATE_COMPLETE, begun ?, changed 3, owned"}},
		{"replacement rolled back", false, after(made, step(5, "A", "a", updating), step(6, "A", "b", updating),
			step(7, "A", "b", types.ResourceStatusUpdateFailed), step(8, "A", "b", updating),
			step(9, "A", "a", updated),
			step(10, "A", "b", deleting), step(11, "A", "b", deleted)), steps{step(9, "A", "a", updated)},
			[]string{"a as A: UPDATE_COMPLETE, begun 1, changed 9, owned",
				"b as A: DELETE_COMPLETE, begun 5, changed 11, ending 10, dropped"}},
		{"replacement failed, resource existed", false, after(made, step(5, "A", "a", updating),
			step(6, "A", "a", types.ResourceStatusUpdateFailed, taken),
			step(7, "A", "a", updated)), steps{step(7, "A", "a", updated)},
			[]string{"a as A: UPDATE_COMPLETE, begun 1, changed 7, owned"}},
		{"updated in place", false, after(made, step(5, "A", "a", updating), step(6, "A", "a", updated)),
			steps{step(6, "A", "a", updated)},
			[]string{"a as A: UPDATE_COMPLETE, begun 1, changed 6, owned"}},
		{"created, deleted, created again", false,
			after(made, step(5, "A", "a", deleting), step(6, "A", "a", deleted),
				step(8, "A", "", creating), step(9, "A", "a", created)), steps{step(9, "A", "a", created)},
			[]string{"a as A: CREATE_COMPLETE, begun 8, changed 9, owned"}},
		{"created, deleted, name in use", false,
			after(made, step(5, "A", "a", deleting), step(6, "A", "a", deleted),
				step(8, "A", "", creating), step(9, "A", "a", uncreate, taken)), steps{step(9, "A", "a", uncreate)},
			[]string{"a as A: CREATE_FAILED, begun 8, changed 9, existed"}},
		{"failed without an ID, then created", false,
			steps{step(1, "A", "", creating), step(2, "A", "", uncreate, taken),
				step(8, "A", "", creating), step(9, "A", "a", created)}, steps{step(9, "A", "a", created)},
			[]string{"a as A: CREATE_COMPLETE, begun 8, changed 9, owned"}},

		// The creation under the new logical ID fails, because the resource exists under the old
		// one.
		{"logical ID renamed, rolled back", false,
			after(made, step(5, "B", "", creating), step(6, "B", "a", uncreate, taken),
				step(7, "B", "a", deleted)), steps{step(3, "A", "a", created), step(7, "B", "a", deleted)},
			[]string{"a as A: CREATE_COMPLETE, begun 1, changed 3, owned"}},
		{"two deleted entries", true, after(made, step(5, "A", "a", deleted), step(8, "B", "a", deleted)), nil,
			[]string{"a as B: DELETE_COMPLETE, begun ?, changed 8"}},

		{"list older than the deletion", false, after(made, step(5, "A", "a", deleted)),
			steps{step(3, "A", "a", created)},
			[]string{"a as A: DELETE_COMPLETE, begun 1, changed 5"}},
		{"list older than the replacement", false, after(made, step(5, "A", "a", updating), step(7, "A", "b", updated),
			step(9, "A", "a", deleted)), steps{step(3, "A", "a", created)},
			[]string{"a as A: DELETE_COMPLETE, begun 1, changed 9",
				"b as A: UPDATE_COMPLETE, begun 5, changed 7, owned"}},
		{"list older than the creation", false, made, nil,
			[]string{"a as A: CREATE_COMPLETE, begun 1, changed 3, owned"}},
		{"list as old as the events", false, after(made, step(5, "A", "a", deleting)),
			steps{step(5, "A", "a", deleted)},
			[]string{"a as A: DELETE_COMPLETE, begun 1, changed 5, ending 5"}},

		// CloudFormation keeps events for 90 days.
		{"creation expired, deletion known", false, steps{step(5, "A", "a", deleting), step(6, "A", "a", stuck)},
			steps{step(6, "A", "a", stuck)}, []string{"a as A: DELETE_FAILED, begun ?, changed 6, owned, ending 5"}},
		{"creation expired, update known", false, steps{step(5, "A", "a", updating), step(6, "A", "a", updated)},
			steps{step(6, "A", "a", updated)}, []string{"a as A: UPDATE_COMPLETE, begun ?, changed 6, owned"}},
		{"creation expired, replacement known", false,
			steps{step(5, "A", "a", updating), step(6, "A", "b", updated), step(7, "A", "a", stuck)},
			steps{step(6, "A", "b", updated)},
			[]string{"a as A: DELETE_FAILED, begun ?, changed 7, ending 7, dropped",
				"b as A: UPDATE_COMPLETE, begun 5, changed 6, owned"}},
		{"attempt half expired", false, steps{step(2, "A", "a", created)}, steps{step(2, "A", "a", created)},
			[]string{"a as A: CREATE_COMPLETE, begun ?, changed 2, owned"}},

		{"imported", false,
			steps{step(1, "A", "a", types.ResourceStatusImportInProgress),
				step(2, "A", "a", types.ResourceStatusImportComplete)},
			steps{step(2, "A", "a", types.ResourceStatusImportComplete)},
			[]string{"a as A: IMPORT_COMPLETE, begun ?, changed 2, owned"}},
		{"import failed", false, nil, steps{step(2, "A", "a", types.ResourceStatusImportFailed)},
			[]string{"a as A: IMPORT_FAILED, begun ?, changed 2"}},
		{"import rolled back", false, nil, steps{step(2, "A", "a", types.ResourceStatusImportRollbackComplete)},
			[]string{"a as A: IMPORT_ROLLBACK_COMPLETE, begun ?, changed 2"}},
		{"moved to another stack", false, nil, steps{step(2, "A", "a", types.ResourceStatusExportComplete)},
			[]string{"a as A: EXPORT_COMPLETE, begun ?, changed 2"}},
		{"listed without a status", false, nil, steps{step(2, "A", "a", "")}, []string{"a as A: , begun ?, changed 2"}},
		{"stack deleted, list unchanged", true, made, steps{step(3, "A", "a", created)},
			[]string{"a as A: CREATE_COMPLETE, begun 1, changed 3"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stack := &Stack{ARN: awsstub.StackARN, Status: types.StackStatusUpdateComplete}
			if test.gone {
				stack.Status = types.StackStatusDeleteComplete
			}
			var got []string
			for _, m := range members(stack, list(test.list), events(test.events)) {
				got = append(got, tell(m))
			}
			requireEqual(t, test.want, got)
		})
	}
}
