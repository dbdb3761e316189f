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

// step returns an event or a list entry of a role, n seconds after the creation of the stack. id is
// empty before the role has a physical ID.
func step(n int, logicalID, id string, status types.ResourceStatus, reason ...string) awsstub.StackResource {
	s := awsstub.StackResource{Kind: string(resource.Role), ID: id, LogicalID: logicalID, Status: string(status),
		At: at(n)}
	if len(reason) > 0 {
		s.Reason = reason[0]
	}
	return s
}

// events converts steps to events.
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

// list converts steps to list entries.
func list(steps []awsstub.StackResource) (all []types.StackResourceSummary) {
	for _, e := range events(steps) {
		all = append(all,
			types.StackResourceSummary{LogicalResourceId: e.LogicalResourceId, ResourceType: e.ResourceType,
				PhysicalResourceId: e.PhysicalResourceId, ResourceStatus: e.ResourceStatus,
				LastUpdatedTimestamp: e.Timestamp})
	}
	return all
}

// describeMember formats a member as "PHYSICAL_ID as LOGICAL_ID: STATUS, …". Times are seconds
// after the creation of the stack.
func describeMember(m Member) string {
	seconds := func(t time.Time) string {
		if t.IsZero() {
			return "?"
		}
		return fmt.Sprint(t.Sub(awsstub.Created).Seconds())
	}
	text := fmt.Sprintf("%s as %s: %s, begun %s, changed %s", m.ID, m.LogicalID, m.Status, seconds(m.CreationBegun),
		seconds(m.Changed))
	if m.InStack() {
		text += ", in the stack"
	}
	if !m.deletionBegun.IsZero() {
		text += ", deletion begun " + seconds(m.deletionBegun)
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
	creating     = types.ResourceStatusCreateInProgress
	created      = types.ResourceStatusCreateComplete
	createFailed = types.ResourceStatusCreateFailed
	updating     = types.ResourceStatusUpdateInProgress
	updated      = types.ResourceStatusUpdateComplete
	deleting     = types.ResourceStatusDeleteInProgress
	deleted      = types.ResourceStatusDeleteComplete
	deleteFailed = types.ResourceStatusDeleteFailed
	skipped      = types.ResourceStatusDeleteSkipped
)

const alreadyExists = "Resource of type 'AWS::IAM::Role' with identifier 'a' already exists. " +
	"(HandlerErrorCode: AlreadyExists)"

func TestMembers(t *testing.T) {
	t.Parallel()
	type steps = []awsstub.StackResource
	// creation holds the events of a role's creation.
	creation := steps{step(1, "A", "", creating), step(2, "A", "a", creating), step(3, "A", "a", created)}
	with := func(before steps, more ...awsstub.StackResource) steps {
		return append(append(steps{}, before...), more...)
	}
	tests := []struct {
		name         string
		stackDeleted bool
		events       steps
		list         steps
		want         []string
	}{
		{"no resources", false, nil, nil, nil},
		{"list only", false, nil, steps{step(3, "A", "a", created), step(2, "B", "b", updated)},
			[]string{"a as A: CREATE_COMPLETE, begun ?, changed 3, in the stack",
				"b as B: UPDATE_COMPLETE, begun ?, changed 2, in the stack"}},
		{"list and events", false, creation, steps{step(3, "A", "a", created)},
			[]string{"a as A: CREATE_COMPLETE, begun 1, changed 3, in the stack"}},
		{"never created", false, steps{step(1, "A", "", creating), step(2, "A", "", createFailed)},
			steps{step(2, "A", "", createFailed)}, nil},
		{"kinds that exist only in the stack", false, nil,
			steps{{Kind: "AWS::CDK::Metadata", ID: "meta", LogicalID: "M", Status: string(created)},
				{Kind: "AWS::SNS::TopicPolicy", ID: "policy", LogicalID: "P", Status: string(created)}}, nil},
		{"event of the stack", false,
			steps{{Kind: "AWS::CloudFormation::Stack", ID: awsstub.StackARN, LogicalID: "retrycatch",
				Status: string(created)}}, nil, nil},

		// The list also contains deleted resources:
		// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackResourceSummary.html
		{"rolled back", false, with(creation, step(5, "A", "a", deleting), step(6, "A", "a", deleted)),
			steps{step(6, "A", "a", deleted)},
			[]string{"a as A: DELETE_COMPLETE, begun 1, changed 6, deletion begun 5"}},
		{"creation failed with a physical ID", false,
			steps{step(1, "A", "", creating), step(2, "A", "a", creating), step(4, "A", "a", createFailed, "timed out")},
			steps{step(4, "A", "a", createFailed)},
			[]string{"a as A: CREATE_FAILED, begun 1, changed 4"}},
		{"creation failed, resource existed", false,
			steps{step(1, "A", "", creating), step(2, "A", "a", createFailed, alreadyExists)},
			steps{step(2, "A", "a", createFailed)},
			[]string{"a as A: CREATE_FAILED, begun 1, changed 2, existed"}},
		{"creation failed, ID only in the list", false,
			steps{step(1, "A", "", creating), step(2, "A", "", createFailed, alreadyExists)}, steps{step(3, "A", "a", skipped)},
			[]string{"a as A: DELETE_SKIPPED, begun 1, changed 3, existed"}},
		{"creation failed, ID only in the deletion", false,
			steps{step(1, "A", "", creating), step(2, "A", "", createFailed, alreadyExists), step(3, "A", "a", deleted)}, nil,
			[]string{"a as A: DELETE_COMPLETE, begun 1, changed 3, existed, dropped"}},
		{"deletion failed", false, with(creation, step(5, "A", "a", deleting), step(6, "A", "a", deleteFailed)),
			steps{step(6, "A", "a", deleteFailed)},
			[]string{"a as A: DELETE_FAILED, begun 1, changed 6, in the stack, deletion begun 5"}},
		{"deletion failed twice", false, with(creation, step(5, "A", "a", deleting), step(6, "A", "a", deleteFailed),
			step(7, "A", "a", deleting), step(8, "A", "a", deleteFailed)), steps{step(8, "A", "a", deleteFailed)},
			[]string{"a as A: DELETE_FAILED, begun 1, changed 8, in the stack, deletion begun 5"}},

		{"deletion failed, then skipped", false, with(creation, step(5, "A", "a", deleteFailed), step(6, "A", "a", skipped)),
			steps{step(6, "A", "a", skipped)},
			[]string{"a as A: DELETE_SKIPPED, begun 1, changed 6, deletion begun 5"}},
		{"skipped", false, with(creation, step(6, "A", "a", skipped)), steps{step(6, "A", "a", skipped)},
			[]string{"a as A: DELETE_SKIPPED, begun 1, changed 6"}},

		{"replaced", false,
			with(creation, step(5, "A", "a", updating), step(6, "A", "b", updating), step(7, "A", "b", updated),
				step(8, "A", "a", deleting), step(9, "A", "a", deleted)), steps{step(7, "A", "b", updated)},
			[]string{"a as A: DELETE_COMPLETE, begun 1, changed 9, deletion begun 8, dropped",
				"b as A: UPDATE_COMPLETE, begun 5, changed 7, in the stack"}},
		{"replaced, deletion of the old one failed", false,
			with(creation, step(5, "A", "a", updating), step(6, "A", "b", updating),
				step(7, "A", "b", updated), step(8, "A", "a", deleting),
				step(9, "A", "a", deleteFailed)), steps{step(7, "A", "b", updated)},
			[]string{"a as A: DELETE_FAILED, begun 1, changed 9, deletion begun 8, dropped",
				"b as A: UPDATE_COMPLETE, begun 5, changed 7, in the stack"}},
		{"replaced, old one not deleted", false, with(creation, step(5, "A", "a", updating), step(7, "A", "b", updated)),
			steps{step(7, "A", "b", updated)},
			[]string{"a as A: UPDATE_IN_PROGRESS, begun 1, changed 5, dropped",
				"b as A: UPDATE_COMPLETE, begun 5, changed 7, in the stack"}},
		{"removed by an update, deletion failed", false,
			with(creation, step(8, "A", "a", deleting), step(9, "A", "a", deleteFailed)),
			steps{step(3, "B", "b", created)},
			[]string{"a as A: DELETE_FAILED, begun 1, changed 9, deletion begun 8, dropped",
				"b as B: CREATE_COMPLETE, begun ?, changed 3, in the stack"}},
		{"replacement rolled back", false, with(creation, step(5, "A", "a", updating), step(6, "A", "b", updating),
			step(7, "A", "b", types.ResourceStatusUpdateFailed), step(8, "A", "b", updating),
			step(9, "A", "a", updated),
			step(10, "A", "b", deleting), step(11, "A", "b", deleted)), steps{step(9, "A", "a", updated)},
			[]string{"a as A: UPDATE_COMPLETE, begun 1, changed 9, in the stack",
				"b as A: DELETE_COMPLETE, begun 5, changed 11, deletion begun 10, dropped"}},
		{"replacement failed, resource existed", false, with(creation, step(5, "A", "a", updating),
			step(6, "A", "a", types.ResourceStatusUpdateFailed, alreadyExists),
			step(7, "A", "a", updated)), steps{step(7, "A", "a", updated)},
			[]string{"a as A: UPDATE_COMPLETE, begun 1, changed 7, in the stack"}},
		{"updated in place", false, with(creation, step(5, "A", "a", updating), step(6, "A", "a", updated)),
			steps{step(6, "A", "a", updated)},
			[]string{"a as A: UPDATE_COMPLETE, begun 1, changed 6, in the stack"}},
		{"created, deleted, created again", false,
			with(creation, step(5, "A", "a", deleting), step(6, "A", "a", deleted),
				step(8, "A", "", creating), step(9, "A", "a", created)), steps{step(9, "A", "a", created)},
			[]string{"a as A: CREATE_COMPLETE, begun 8, changed 9, in the stack"}},
		{"created, deleted, then already existed", false,
			with(creation, step(5, "A", "a", deleting), step(6, "A", "a", deleted),
				step(8, "A", "", creating), step(9, "A", "a", createFailed, alreadyExists)), steps{step(9, "A", "a", createFailed)},
			[]string{"a as A: CREATE_FAILED, begun 8, changed 9, existed"}},
		{"creation failed without an ID, then created", false,
			steps{step(1, "A", "", creating), step(2, "A", "", createFailed, alreadyExists),
				step(8, "A", "", creating), step(9, "A", "a", created)}, steps{step(9, "A", "a", created)},
			[]string{"a as A: CREATE_COMPLETE, begun 8, changed 9, in the stack"}},

		// An update renames the logical ID from A to B. The creation of B fails, because the role
		// still exists as A.
		{"logical ID renamed, rolled back", false,
			with(creation, step(5, "B", "", creating), step(6, "B", "a", createFailed, alreadyExists),
				step(7, "B", "a", deleted)), steps{step(3, "A", "a", created), step(7, "B", "a", deleted)},
			[]string{"a as A: CREATE_COMPLETE, begun 1, changed 3, in the stack"}},
		{"deleted under two logical IDs", true, with(creation, step(5, "A", "a", deleted), step(8, "B", "a", deleted)), nil,
			[]string{"a as B: DELETE_COMPLETE, begun ?, changed 8"}},

		{"list older than the deletion", false, with(creation, step(5, "A", "a", deleted)),
			steps{step(3, "A", "a", created)},
			[]string{"a as A: DELETE_COMPLETE, begun 1, changed 5"}},
		{"list older than the replacement", false, with(creation, step(5, "A", "a", updating), step(7, "A", "b", updated),
			step(9, "A", "a", deleted)), steps{step(3, "A", "a", created)},
			[]string{"a as A: DELETE_COMPLETE, begun 1, changed 9",
				"b as A: UPDATE_COMPLETE, begun 5, changed 7, in the stack"}},
		{"list older than the creation", false, creation, nil,
			[]string{"a as A: CREATE_COMPLETE, begun 1, changed 3, in the stack"}},
		{"list with the time of the last event", false, with(creation, step(5, "A", "a", deleting)),
			steps{step(5, "A", "a", deleted)},
			[]string{"a as A: DELETE_COMPLETE, begun 1, changed 5, deletion begun 5"}},

		// CloudFormation keeps events for 90 days.
		{"creation event expired, deletion known", false, steps{step(5, "A", "a", deleting), step(6, "A", "a", deleteFailed)},
			steps{step(6, "A", "a", deleteFailed)},
			[]string{"a as A: DELETE_FAILED, begun ?, changed 6, in the stack, deletion begun 5"}},
		{"creation event expired, update known", false, steps{step(5, "A", "a", updating), step(6, "A", "a", updated)},
			steps{step(6, "A", "a", updated)}, []string{"a as A: UPDATE_COMPLETE, begun ?, changed 6, in the stack"}},
		{"creation event expired, replacement known", false,
			steps{step(5, "A", "a", updating), step(6, "A", "b", updated), step(7, "A", "a", deleteFailed)},
			steps{step(6, "A", "b", updated)},
			[]string{"a as A: DELETE_FAILED, begun ?, changed 7, deletion begun 7, dropped",
				"b as A: UPDATE_COMPLETE, begun 5, changed 6, in the stack"}},
		{"first creation event expired", false, steps{step(2, "A", "a", created)}, steps{step(2, "A", "a", created)},
			[]string{"a as A: CREATE_COMPLETE, begun ?, changed 2, in the stack"}},

		{"imported", false,
			steps{step(1, "A", "a", types.ResourceStatusImportInProgress),
				step(2, "A", "a", types.ResourceStatusImportComplete)},
			steps{step(2, "A", "a", types.ResourceStatusImportComplete)},
			[]string{"a as A: IMPORT_COMPLETE, begun ?, changed 2, in the stack"}},
		{"import failed", false, nil, steps{step(2, "A", "a", types.ResourceStatusImportFailed)},
			[]string{"a as A: IMPORT_FAILED, begun ?, changed 2"}},
		{"import rolled back", false, nil, steps{step(2, "A", "a", types.ResourceStatusImportRollbackComplete)},
			[]string{"a as A: IMPORT_ROLLBACK_COMPLETE, begun ?, changed 2"}},
		{"moved to another stack", false, nil, steps{step(2, "A", "a", types.ResourceStatusExportComplete)},
			[]string{"a as A: EXPORT_COMPLETE, begun ?, changed 2"}},
		{"listed without a status", false, nil, steps{step(2, "A", "a", "")}, []string{"a as A: , begun ?, changed 2"}},
		{"stack deleted, list unchanged", true, creation, steps{step(3, "A", "a", created)},
			[]string{"a as A: CREATE_COMPLETE, begun 1, changed 3"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stack := &Stack{ARN: awsstub.StackARN, Status: types.StackStatusUpdateComplete}
			if test.stackDeleted {
				stack.Status = types.StackStatusDeleteComplete
			}
			var got []string
			for _, m := range members(stack, list(test.list), events(test.events)) {
				got = append(got, describeMember(m))
			}
			requireEqual(t, test.want, got)
		})
	}
}
