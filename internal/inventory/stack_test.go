package inventory

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/awsstub"
)

func TestFindStack(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer awsstub.Answer
		want   *Stack
	}{
		{"all fields",
			awsstub.Stack("UPDATE_COMPLETE", "<EnableTerminationProtection>true</EnableTerminationProtection>",
				"<StackStatusReason>because</StackStatusReason><RoleARN>arn:role</RoleARN>", awsstub.ProjectTags(),
				"<LastUpdatedTime>2026-01-02T03:04:06Z</LastUpdatedTime><DeletionTime>2026-01-02T03:04:07Z</DeletionTime>",
				"<Outputs><member><OutputKey>Key</OutputKey><OutputValue>value</OutputValue></member></Outputs>"),
			&Stack{Name: "retrycatch", ARN: awsstub.StackARN, Status: types.StackStatusUpdateComplete,
				Reason: "because", RoleARN: "arn:role",
				Protected: true, Outputs: map[string]string{"Key": "value"},
				Tags:    tags("Project", "retrycatch", "Stack", "retrycatch"),
				Created: at(0), Updated: at(1), Deleted: at(2)}},
		{"only required fields", awsstub.Stack("CREATE_IN_PROGRESS"),
			&Stack{Name: "retrycatch", ARN: awsstub.StackARN, Status: types.StackStatusCreateInProgress,
				Outputs: map[string]string{}, Tags: map[string]string{}, Created: at(0)}},
		{"in review with tags", awsstub.Stack("REVIEW_IN_PROGRESS", awsstub.Tags("Project", "other")),
			&Stack{Name: "retrycatch", ARN: awsstub.StackARN, Status: types.StackStatusReviewInProgress,
				Outputs: map[string]string{}, Tags: tags("Project", "other"), Created: at(0)}},
		{"no stack", awsstub.NoStack(), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(describeStacks, test.answer)
			got, err := FindStack(t.Context(), stub.Config(), "retrycatch")
			if err != nil {
				t.Fatal(err)
			}
			requireEqual(t, test.want, got)
			requireEqual(t, "retrycatch",
				*stub.Inputs(describeStacks)[0].(*cloudformation.DescribeStacksInput).StackName)
		})
	}
}

// TestFindStackFails checks that FindStack returns every error except that of a missing stack.
func TestFindStackFails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer awsstub.Answer
		want   string
	}{
		{"access denied", awsstub.Denied(), "AccessDenied"},
		{"always throttled", awsstub.Error(http.StatusBadRequest, "Throttling", "Rate exceeded"), "Throttling"},
		{"no connection", awsstub.ConnectionError("connection refused"), "connection refused"},
		{"other validation error",
			awsstub.Error(http.StatusBadRequest, "ValidationError", "1 validation error detected"),
			"1 validation error"},
		{"other code with \"does not exist\"",
			awsstub.Error(http.StatusBadRequest, "InvalidAction", "The action does not exist"), "InvalidAction"},
		{"empty list", awsstub.XML("<Stacks/>"), "did not return it"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stack, err := FindStack(t.Context(), awsstub.New(t).On(describeStacks, test.answer).Config(), "retrycatch")
			requireError(t, err, test.want)
			requireError(t, err, "cannot read the stack retrycatch")
			if stack != nil {
				t.Errorf("got stack %+v, want only an error", stack)
			}
		})
	}
}

// A stack in review may have no tags yet. Then the tags of its change sets tell whose stack it is.
func TestFindStackInReview(t *testing.T) {
	t.Parallel()
	review := awsstub.Stack("REVIEW_IN_PROGRESS")
	tests := []struct {
		name   string
		script awsstub.Script
		ours   bool
	}{
		{"our change set",
			awsstub.Script{listChangeSets: {awsstub.ChangeSets("", "arn:a")},
				describeChangeSet: {awsstub.XML(awsstub.ProjectTags())}}, true},
		{"our change sets on two pages",
			awsstub.Script{listChangeSets: {awsstub.ChangeSets("second", "arn:a"), awsstub.ChangeSets("", "arn:b")},
				describeChangeSet: {awsstub.XML(awsstub.ProjectTags()),
					awsstub.XML(awsstub.Tags("Project", "retrycatch"))}}, true},
		{"foreign change set",
			awsstub.Script{listChangeSets: {awsstub.ChangeSets("", "arn:a")},
				describeChangeSet: {awsstub.XML(awsstub.Tags("Project", "other"))}}, false},
		{"change set without tags",
			awsstub.Script{listChangeSets: {awsstub.ChangeSets("", "arn:a")},
				describeChangeSet: {awsstub.XML()}}, false},
		{"our change set, then a foreign one", awsstub.Script{listChangeSets: {awsstub.ChangeSets("", "arn:a", "arn:b")},
			describeChangeSet: {awsstub.XML(awsstub.ProjectTags()), awsstub.XML()}}, false},
		{"foreign change set, then ours", awsstub.Script{listChangeSets: {awsstub.ChangeSets("", "arn:a", "arn:b")},
			describeChangeSet: {awsstub.XML(), awsstub.XML(awsstub.ProjectTags())}}, false},
		{"no change set", awsstub.Script{listChangeSets: {awsstub.ChangeSets("")}}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := FindStack(t.Context(), test.script.Stub(t).On(describeStacks, review).Config(), "retrycatch")
			if err != nil {
				t.Fatal(err)
			}
			requireEqual(t, test.ours, got.Ours())
		})
	}
	for _, operation := range []string{listChangeSets, describeChangeSet} {
		t.Run(operation+" denied", func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(describeStacks, review).On(listChangeSets,
				awsstub.ChangeSets("", "arn:a")).On(operation, awsstub.Denied())
			got, err := FindStack(t.Context(), stub.Config(), "retrycatch")
			requireError(t, err, awsstub.DeniedText)
			if got != nil {
				t.Errorf("got stack %+v, want only an error", got)
			}
		})
	}
}

func TestInProgress(t *testing.T) {
	t.Parallel()
	tests := map[types.StackStatus]bool{
		types.StackStatusCreateInProgress:                        true,
		types.StackStatusUpdateCompleteCleanupInProgress:         true,
		types.StackStatusUpdateRollbackCompleteCleanupInProgress: true,
		types.StackStatusDeleteInProgress:                        true,
		types.StackStatusReviewInProgress:                        false,
		types.StackStatusCreateComplete:                          false,
		types.StackStatusRollbackComplete:                        false,
		types.StackStatusDeleteFailed:                            false,
	}
	for status, want := range tests {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			requireEqual(t, want, (&Stack{Status: status}).InProgress())
		})
	}
}

func TestFindDeletedStacks(t *testing.T) {
	t.Parallel()
	// The stack arn:foreign has the tag of another project, and DescribeStacks does not find
	// arn:expired.
	describe := func(call awsstub.Call) (*http.Response, error) {
		switch *call.Input.(*cloudformation.DescribeStacksInput).StackName {
		case "arn:foreign":
			return awsstub.Stack("DELETE_COMPLETE", awsstub.Tags("Project", "other"))(call)
		case "arn:expired":
			return awsstub.NoStack()(call)
		}
		return awsstub.Stack("DELETE_COMPLETE", awsstub.ProjectTags())(call)
	}
	deletedSummary := func(name, arn string, n int) awsstub.StackSummary {
		return awsstub.StackSummary{Name: name, ARN: arn, Status: "DELETE_COMPLETE", Deleted: at(n)}
	}
	stub := awsstub.New(t).On(describeStacks, describe).On(listStacks,
		awsstub.Stacks("second", deletedSummary("retrycatch", "arn:1", 10), deletedSummary("retrycatch-dev", "arn:dev", 90),
			deletedSummary("retrycatch", "arn:foreign", 80)),
		awsstub.Stacks("", deletedSummary("retrycatch", "arn:2", 30), deletedSummary("retrycatch", "arn:expired", 70),
			deletedSummary("retrycatch", "arn:3", 20)))
	deleted, err := FindDeletedStacks(t.Context(), stub.Config(), "retrycatch")
	if err != nil {
		t.Fatal(err)
	}
	var got []float64
	for _, stack := range deleted {
		got = append(got, stack.Deleted.Sub(at(0)).Seconds())
	}
	requireEqual(t, []float64{30, 20, 10}, got)
	requireEqual(t, []types.StackStatus{types.StackStatusDeleteComplete},
		stub.Inputs(listStacks)[0].(*cloudformation.ListStacksInput).StackStatusFilter)
	for _, input := range stub.Inputs(describeStacks) {
		if name := *input.(*cloudformation.DescribeStacksInput).StackName; name == "arn:dev" {
			t.Errorf("got a call for %s, a stack with another name", name)
		}
	}

	t.Run("list denied", func(t *testing.T) {
		_, err := FindDeletedStacks(t.Context(), awsstub.New(t).On(listStacks, awsstub.Denied()).Config(), "retrycatch")
		requireError(t, err, "cannot list the deleted stacks")
	})
	t.Run("stack denied", func(t *testing.T) {
		stub := awsstub.New(t).On(listStacks,
			awsstub.Stacks("", deletedSummary("retrycatch", "arn:1", 10))).On(describeStacks, awsstub.Denied())
		got, err := FindDeletedStacks(t.Context(), stub.Config(), "retrycatch")
		requireError(t, err, "cannot read the stack arn:1")
		if got != nil {
			t.Errorf("got stacks %v, want only an error", got)
		}
	})
}
