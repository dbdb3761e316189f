package inventory

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
)

// ourStack was created at second 0.
var ourStack = &Stack{Name: "retrycatch", ARN: awsstub.StackARN, Created: awsstub.Created,
	Status: types.StackStatusUpdateComplete}

func tags(pairs ...string) map[string]string {
	all := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		all[pairs[i]] = pairs[i+1]
	}
	return all
}

func TestMemberOwner(t *testing.T) {
	t.Parallel()
	// memberAs returns a role. CloudFormation began to create it at second 10, and it got its
	// status at second 100.
	memberAs := func(status types.ResourceStatus, change ...func(*Member)) Member {
		m := Member{Resource: role, Status: status, CreationBegun: at(10), Changed: at(100)}
		for _, c := range change {
			c(&m)
		}
		return m
	}
	kept := func(m *Member) { m.Kept = true }
	keptUnknown := func(m *Member) { m.keptUnknown = true }
	dropped := func(m *Member) { m.dropped = true }
	existed := func(m *Member) { m.existed = true }
	stackDeleted := func(m *Member) { m.stackDeleted = true }
	expired := func(m *Member) { m.CreationBegun = time.Time{} }
	deletionBegun := func(m *Member) { m.deletionBegun = at(90) }
	unique := func(m *Member) { m.Kind = resource.Subscription }
	createdAt := func(n int) resource.Observation { return resource.Observation{Exists: true, Since: at(n)} }
	withoutTime := func(pairs ...string) resource.Observation {
		return resource.Observation{Exists: true, Tags: tags(pairs...)}
	}
	ours := []string{"Project", "retrycatch", "Stack", "retrycatch"}
	leftBehind := func(why string) Ownership { return Ownership{Ours: true, Removable: true, Why: why} }
	notOurs := func(why string) Ownership { return Ownership{Why: why} }
	inStack := Ownership{Ours: true, InStack: true, Removable: true, Why: "is in the stack retrycatch"}
	const (
		skippedText = "was left behind by the stack retrycatch (DELETE_SKIPPED at 2026-01-02T03:05:45Z)"
		failedText  = "was created by the stack retrycatch, " +
			"which reports that the creation failed at 2026-01-02T03:05:45Z"
		stillExistsText = "still exists, although CloudFormation reported at 2026-01-02T03:05:45Z that it was deleted"
		stuckText       = "was left behind by the stack retrycatch (DELETE_FAILED at 2026-01-02T03:05:45Z)"
		unreadText      = ", and the template could not be read, so it is unknown whether the template retains the resource"
		beforeText      = "was created at 2026-01-02T03:04:09Z, " +
			"before the stack tried to create its own at 2026-01-02T03:04:15Z"
		noTimeText = "has a name that the stack used, but its service does not report when it was created"
	)
	tests := []struct {
		name     string
		member   Member
		observed resource.Observation
		want     Ownership
	}{
		// A resource in the stack belongs to the stack.
		{"in the stack", memberAs(created), createdAt(50), inStack},
		{"in the stack/changed after the last status", memberAs(created), createdAt(500), inStack},
		{"in the stack/no time", memberAs(updated), withoutTime(), inStack},
		{"in the stack/deletion failed", memberAs(deleteFailed), createdAt(50), inStack},
		{"in the stack/kept", memberAs(created, kept), createdAt(50),
			Ownership{Ours: true, InStack: true, Removable: true, Kept: true, Why: "is in the stack retrycatch"}},

		// The stack no longer has these resources, so the creation time decides.
		{"deleted/created by the stack", memberAs(deleted), createdAt(50), Ownership{Ours: true, Why: stillExistsText}},
		{"deleted/created before the stack's own", memberAs(deleted), createdAt(4), notOurs(beforeText)},
		{
			"deleted/created after the deletion",
			memberAs(deleted),
			createdAt(101),
			notOurs(
				"was created or changed at 2026-01-02T03:05:46Z, " +
					"after the stack's own resource was deleted at 2026-01-02T03:05:45Z",
			),
		},
		{
			"deleted/created in the deletion's second",
			memberAs(deleted),
			createdAt(100),
			notOurs(
				"was created or changed at 2026-01-02T03:05:45Z, " +
					"after the stack's own resource was deleted at 2026-01-02T03:05:45Z",
			),
		},
		{
			"deleted/created during deletion",
			memberAs(deleted, deletionBegun),
			createdAt(95),
			notOurs(
				"was created or changed at 2026-01-02T03:05:40Z, " +
					"after the stack's own resource was deleted at 2026-01-02T03:05:35Z",
			),
		},
		{"deleted/kept", memberAs(deleted, kept), createdAt(50), Ownership{Ours: true, Why: stillExistsText}},
		{"skipped/created by the stack", memberAs(skipped), createdAt(50), leftBehind(skippedText)},
		{"skipped/kept", memberAs(skipped, kept), createdAt(50),
			Ownership{Ours: true, Removable: true, Kept: true, Why: skippedText}},
		{"skipped/template unreadable", memberAs(skipped, keptUnknown), createdAt(50),
			Ownership{Ours: true, Why: skippedText + unreadText}},
		{"skipped/created before the stack's own", memberAs(skipped, kept), createdAt(4), notOurs(beforeText)},
		{
			"skipped/changed after the last status",
			memberAs(skipped, kept),
			createdAt(101),
			notOurs(
				"was created or changed at 2026-01-02T03:05:46Z, " +
					"after the stack's own resource was left behind at 2026-01-02T03:05:45Z",
			),
		},
		{"dropped/deletion failed", memberAs(deleteFailed, dropped), createdAt(50), leftBehind(stuckText)},
		{"dropped/deletion failed, deletion time known", memberAs(deleteFailed, dropped, deletionBegun), createdAt(95),
			leftBehind(stuckText)},
		{"dropped/deletion failed, kept", memberAs(deleteFailed, dropped, kept, keptUnknown), createdAt(50),
			leftBehind(stuckText)},
		{
			"dropped/created after the last status",
			memberAs(deleteFailed, dropped),
			createdAt(101),
			notOurs(
				"was created or changed at 2026-01-02T03:05:46Z, " +
					"after the stack's own resource was left behind at 2026-01-02T03:05:45Z",
			),
		},
		{"dropped/replaced", memberAs(updating, dropped), createdAt(50),
			leftBehind("was left behind by the stack retrycatch (UPDATE_IN_PROGRESS at 2026-01-02T03:05:45Z)")},
		{"stack deleted/status unchanged", memberAs(created, stackDeleted), createdAt(50),
			leftBehind("was left behind by the stack retrycatch (CREATE_COMPLETE at 2026-01-02T03:05:45Z)")},
		{"stack deleted/changed after the last status", memberAs(created, stackDeleted), createdAt(101),
			notOurs("was created or changed at 2026-01-02T03:05:46Z, " +
				"after the stack's own resource was last reported as CREATE_COMPLETE at 2026-01-02T03:05:45Z")},
		{"creation failed/created by the stack", memberAs(createFailed), createdAt(50), leftBehind(failedText)},
		{"creation failed/clock skew", memberAs(createFailed), createdAt(5), leftBehind(failedText)},
		{"creation failed/created before the attempt", memberAs(createFailed), createdAt(4), notOurs(beforeText)},
		{"creation failed/created after the failure", memberAs(createFailed), createdAt(101),
			notOurs("was created or changed at 2026-01-02T03:05:46Z, " +
				"after the stack's own resource was last reported as CREATE_FAILED at 2026-01-02T03:05:45Z")},
		{"creation failed/already existed", memberAs(createFailed, existed), createdAt(50),
			notOurs("already existed when the stack retrycatch tried to create its own")},
		{"skipped/already existed", memberAs(skipped, existed), createdAt(50),
			notOurs("already existed when the stack retrycatch tried to create its own")},

		// The events of the creation have expired. A resource older than the stack is not the
		// stack's.
		{"expired/skipped, newer than the stack", memberAs(skipped, expired), createdAt(50), leftBehind(skippedText)},
		{"expired/skipped, older than the stack", memberAs(skipped, expired), createdAt(-6),
			notOurs("was created at 2026-01-02T03:03:59Z, before the stack tried to create its own at 2026-01-02T03:04:05Z")},
		{"expired/creation failed", memberAs(createFailed, expired), createdAt(50),
			notOurs("has the name of a resource that the stack failed to create, but the time of the attempt is unknown")},

		// Without a creation time, the tags decide. Tags of another stack count more than the time.
		{"no time/no tags", memberAs(skipped), withoutTime(), notOurs(noTimeText)},
		{"no time/tags of another project", memberAs(skipped), withoutTime("Project", "other", "Stack", "retrycatch"),
			notOurs(noTimeText)},
		{"no time/our tags", memberAs(skipped), withoutTime(ours...), leftBehind(skippedText)},
		{"no time/deleted", memberAs(deleted), withoutTime(ours...), Ownership{Ours: true, Why: stillExistsText}},
		{"no time/another stage", memberAs(skipped), withoutTime("Project", "retrycatch", "Stack", "retrycatch-dev"),
			notOurs("has the tags of the stack retrycatch-dev")},
		{"in the attempt/tags of another stage", memberAs(createFailed),
			resource.Observation{Exists: true, Since: at(50),
				Tags: tags("Project", "retrycatch", "Stack", "retrycatch-dev")},
			notOurs("has the tags of the stack retrycatch-dev")},
		{"in the attempt/tags of another region", memberAs(createFailed),
			resource.Observation{Exists: true, Since: at(50),
				Tags: tags("Project", "retrycatch", "Stack", "retrycatch", "Region", "us-east-1")},
			notOurs("has the tags of the stack retrycatch in the region us-east-1")},
		{"in the attempt/tags of this region", memberAs(createFailed),
			resource.Observation{Exists: true, Since: at(50),
				Tags: tags("Project", "retrycatch", "Stack", "retrycatch", "Region", awsstub.Region)},
			leftBehind(failedText)},

		// AWS never reuses the IDs of resources of these kinds.
		{"unique/skipped", memberAs(skipped, unique), withoutTime(), leftBehind(skippedText)},
		{"unique/deleted", memberAs(deleted, unique), withoutTime(), Ownership{Ours: true, Why: stillExistsText}},

		// With these statuses, the stack does not manage the resource.
		{"import failed", memberAs(types.ResourceStatusImportFailed), createdAt(50),
			notOurs("is no longer in the stack retrycatch (IMPORT_FAILED at 2026-01-02T03:05:45Z)")},
		{"import rolled back", memberAs(types.ResourceStatusImportRollbackComplete), createdAt(50),
			notOurs("is no longer in the stack retrycatch (IMPORT_ROLLBACK_COMPLETE at 2026-01-02T03:05:45Z)")},
		{"moved to another stack", memberAs(types.ResourceStatusExportComplete, unique), createdAt(50),
			notOurs("is no longer in the stack retrycatch (EXPORT_COMPLETE at 2026-01-02T03:05:45Z)")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			requireEqual(t, test.want, test.member.Owner(ourStack, test.observed))
		})
	}
}

func TestClaimsOwner(t *testing.T) {
	t.Parallel()
	older := &Stack{Name: "retrycatch", ARN: awsstub.StackARN, Created: at(-1000),
		Status: types.StackStatusDeleteComplete}
	// recordWithRole returns a record with a role. Times are seconds after the creation of
	// ourStack.
	recordWithRole := func(stack *Stack, status types.ResourceStatus, begun, changed int) Record {
		return Record{Stack: stack,
			Members: []Member{{Resource: role, Status: status, CreationBegun: at(begun), Changed: at(changed),
				stackDeleted: stack.Gone()}}}
	}
	tests := []struct {
		name      string
		records   []Record
		createdAt int
		want      string
		ours      bool
	}{
		{"no records", nil, 0, "was not created by any stack of this stage", false},
		{"claim of the stack", []Record{recordWithRole(ourStack, created, 1, 2)}, 1, "is in the stack retrycatch", true},
		{"claim of a deleted stack", []Record{recordWithRole(older, skipped, -900, -500)}, -800,
			"was left behind by the stack retrycatch (DELETE_SKIPPED at 2026-01-02T02:55:45Z)", true},
		{"only the older claim valid",
			[]Record{recordWithRole(ourStack, createFailed, 1, 2), recordWithRole(older, skipped, -900, -500)},
			-800,
			"was left behind by the stack retrycatch (DELETE_SKIPPED at 2026-01-02T02:55:45Z)", true},
		{"both claims valid",
			[]Record{recordWithRole(ourStack, created, 1, 2), recordWithRole(older, skipped, -900, -500)}, -800,
			"is in the stack retrycatch", true},
		{"no valid claim",
			[]Record{recordWithRole(ourStack, createFailed, 1, 2), recordWithRole(older, skipped, -900, -500)}, -100,
			"was created at 2026-01-02T03:02:25Z, before the stack tried to create its own at 2026-01-02T03:04:06Z",
			false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := NewClaims(test.records).Owner(role, resource.Observation{Exists: true, Since: at(test.createdAt)})
			requireEqual(t, test.want, got.Why)
			requireEqual(t, test.ours, got.Ours)
			other := NewClaims(test.records).Owner(group, resource.Observation{Exists: true, Since: at(test.createdAt)})
			requireEqual(t, Ownership{Why: "was not created by any stack of this stage"}, other)
		})
	}
}

func TestReadHistories(t *testing.T) {
	t.Parallel()
	const oldARN = "arn:aws:cloudformation:eu-west-1:111122223333:stack/retrycatch/old"
	script := func() awsstub.Script {
		return awsstub.Script{
			listStacks: {awsstub.Stacks("",
				awsstub.StackSummary{Name: "retrycatch", ARN: oldARN, Status: "DELETE_COMPLETE", Deleted: at(-5)})},
			describeStacks:     {awsstub.Stack("DELETE_COMPLETE", awsstub.ProjectTags())},
			describeEvents:     {awsstub.Events(""), awsstub.Events("", step(1, "B", "b", skipped))},
			listStackResources: {awsstub.StackResourceList("", step(2, "A", "a", created))},
			getTemplate:        {awsstub.Template(`{"Resources": {}}`)},
		}
	}
	records, err := ReadHistories(t.Context(), script().Stub(t).Config(), "retrycatch", ourStack)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, record := range records {
		got = append(got, string(record.Stack.Status)+" "+record.Members[0].ID)
	}
	requireEqual(t, []string{"UPDATE_COMPLETE a", "DELETE_COMPLETE b"}, got)
	for _, operation := range []string{listStacks, describeStacks, describeEvents, listStackResources} {
		t.Run(operation+" denied", func(t *testing.T) {
			t.Parallel()
			stub := script().With(operation, awsstub.Denied()).Stub(t)
			_, err := ReadHistories(t.Context(), stub.Config(), "retrycatch", ourStack)
			requireError(t, err, awsstub.DeniedText)
		})
	}
}
