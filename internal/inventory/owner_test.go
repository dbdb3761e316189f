package inventory

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
)

// ourStack was created at 0.
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
	// had returns a role with creation starting at 10, and its status from 100.
	had := func(status types.ResourceStatus, change ...func(*Member)) Member {
		m := Member{Resource: role, Status: status, Begun: at(10), Changed: at(100)}
		for _, c := range change {
			c(&m)
		}
		return m
	}
	kept := func(m *Member) { m.Kept = true }
	unread := func(m *Member) { m.unread = true }
	dropped := func(m *Member) { m.dropped = true }
	existed := func(m *Member) { m.existed = true }
	gone := func(m *Member) { m.deleted = true }
	forgotten := func(m *Member) { m.Begun = time.Time{} }
	ending := func(m *Member) { m.ending = at(90) }
	unique := func(m *Member) { m.Kind = resource.Subscription }
	since := func(n int) resource.Observation { return resource.Observation{Exists: true, Since: at(n)} }
	timeless := func(pairs ...string) resource.Observation {
		return resource.Observation{Exists: true, Tags: tags(pairs...)}
	}
	ours := []string{"Project", "retrycatch", "Stack", "retrycatch"}
	left := func(why string) Ownership { return Ownership{Ours: true, Removable: true, Why: why} }
	foreign := func(why string) Ownership { return Ownership{Why: why} }
	owned := Ownership{Ours: true, Owned: true, Removable: true, Why: "is in the stack retrycatch"}
	const (
		skippedText = "was left behind by the stack retrycatch (DELETE_SKIPPED at 2026-01-02T03:05:45Z)"
		failedText  = "was created by the stack retrycatch, which reports that the creation failed at 2026-01-02T03:05:45Z"
		shownText   = "still exists, though CloudFormation reported its deletion at 2026-01-02T03:05:45Z"
		stuckText   = "was left behind by the stack retrycatch (DELETE_FAILED at 2026-01-02T03:05:45Z)"
		doubtText   = ", and the template may keep it: the stack's template could not be read"
		beforeText  = "was created at 2026-01-02T03:04:09Z, before the stack tried to create its own at 2026-01-02T03:04:15Z"
		timeText    = "has a name that the stack used, but its service does not report when it was created"
	)
	tests := []struct {
		name   string
		member Member
		seen   resource.Observation
		want   Ownership
	}{
		// In the stack, nothing else counts.
		{"owned", had(created), since(50), owned},
		{"owned/changed by hand", had(created), since(500), owned},
		{"owned/without a time", had(updated), timeless(), owned},
		{"owned/deletion failed", had(stuck), since(50), owned},
		{"owned/kept", had(created, kept), since(50),
			Ownership{Ours: true, Owned: true, Removable: true, Kept: true, Why: "is in the stack retrycatch"}},

		// For each status, the time of creation decides.
		{"deleted/in its time", had(deleted), since(50), Ownership{Ours: true, Why: shownText}},
		{"deleted/created before", had(deleted), since(4), foreign(beforeText)},
		{
			"deleted/created after",
			had(deleted),
			since(101),
			foreign(
				"was created or changed at 2026-01-02T03:05:46Z, after the stack's own was deleted at 2026-01-02T03:05:45Z",
			),
		},
		{
			"deleted/created in the last second",
			had(deleted),
			since(100),
			foreign(
				"was created or changed at 2026-01-02T03:05:45Z, after the stack's own was deleted at 2026-01-02T03:05:45Z",
			),
		},
		{
			"deleted/created during deletion",
			had(deleted, ending),
			since(95),
			foreign(
				"was created or changed at 2026-01-02T03:05:40Z, after the stack's own was deleted at 2026-01-02T03:05:35Z",
			),
		},
		{"deleted/kept does not count", had(deleted, kept), since(50), Ownership{Ours: true, Why: shownText}},
		{"skipped/in its time", had(skipped), since(50), left(skippedText)},
		{"skipped/kept", had(skipped, kept), since(50),
			Ownership{Ours: true, Removable: true, Kept: true, Why: skippedText}},
		{"skipped/unread template", had(skipped, unread), since(50),
			Ownership{Ours: true, Why: skippedText + doubtText}},
		{"skipped/created before", had(skipped, kept), since(4), foreign(beforeText)},
		{
			"skipped/changed after",
			had(skipped, kept),
			since(101),
			foreign(
				"was created or changed at 2026-01-02T03:05:46Z, after the stack's own was left behind at 2026-01-02T03:05:45Z",
			),
		},
		{"dropped/deletion failed", had(stuck, dropped), since(50), left(stuckText)},
		{"dropped/deletion failed, start known", had(stuck, dropped, ending), since(95), left(stuckText)},
		{"dropped/deletion failed, kept", had(stuck, dropped, kept, unread), since(50), left(stuckText)},
		{
			"dropped/created after",
			had(stuck, dropped),
			since(101),
			foreign(
				"was created or changed at 2026-01-02T03:05:46Z, after the stack's own was left behind at 2026-01-02T03:05:45Z",
			),
		},
		{"dropped/replaced", had(updating, dropped), since(50),
			left("was left behind by the stack retrycatch (UPDATE_IN_PROGRESS at 2026-01-02T03:05:45Z)")},
		{"stack gone/status unchanged", had(created, gone), since(50),
			left("was left behind by the stack retrycatch (CREATE_COMPLETE at 2026-01-02T03:05:45Z)")},
		{"stack gone/changed after", had(created, gone), since(101),
			foreign("was created or changed at 2026-01-02T03:05:46Z, " +
				"after the stack's own was last reported (CREATE_COMPLETE) at 2026-01-02T03:05:45Z")},
		{"creation failed/in its time", had(uncreate), since(50), left(failedText)},
		{"creation failed/clock skew", had(uncreate), since(5), left(failedText)},
		{"creation failed/created before", had(uncreate), since(4), foreign(beforeText)},
		{"creation failed/created after", had(uncreate), since(101),
			foreign("was created or changed at 2026-01-02T03:05:46Z, " +
				"after the stack's own was last reported (CREATE_FAILED) at 2026-01-02T03:05:45Z")},
		{"creation failed/existed already", had(uncreate, existed), since(50),
			foreign("already existed when the stack retrycatch tried to create its own")},
		{"creation failed/existed, then skipped", had(skipped, existed), since(50),
			foreign("already existed when the stack retrycatch tried to create its own")},

		// The first events have expired, so the stack's creation is the earliest known time.
		{"expired/skipped in the stack's time", had(skipped, forgotten), since(50), left(skippedText)},
		{"expired/skipped, older than the stack", had(skipped, forgotten), since(-6),
			foreign("was created at 2026-01-02T03:03:59Z, before the stack tried to create its own at 2026-01-02T03:04:05Z")},
		{"expired/creation failed", had(uncreate, forgotten), since(50),
			foreign("has a name that the stack failed to create, and the time of the attempt is unknown")},

		// If the service reports no time, tags decide. Tags may also contradict the time.
		{"no time/no tags", had(skipped), timeless(), foreign(timeText)},
		{"no time/other tags", had(skipped), timeless("Project", "other", "Stack", "retrycatch"), foreign(timeText)},
		{"no time/our tags", had(skipped), timeless(ours...), left(skippedText)},
		{"no time/deleted", had(deleted), timeless(ours...), Ownership{Ours: true, Why: shownText}},
		{"no time/another stage", had(skipped), timeless("Project", "retrycatch", "Stack", "retrycatch-dev"),
			foreign("has the tags of the stack retrycatch-dev")},
		{"in its time/another stage", had(uncreate),
			resource.Observation{Exists: true, Since: at(50),
				Tags: tags("Project", "retrycatch", "Stack", "retrycatch-dev")},
			foreign("has the tags of the stack retrycatch-dev")},
		{"in its time/another region", had(uncreate),
			resource.Observation{Exists: true, Since: at(50),
				Tags: tags("Project", "retrycatch", "Stack", "retrycatch", "Region", "us-east-1")},
			foreign("has the tags of the stack retrycatch in the region us-east-1")},
		{"in its time/this region", had(uncreate),
			resource.Observation{Exists: true, Since: at(50),
				Tags: tags("Project", "retrycatch", "Stack", "retrycatch", "Region", awsstub.Region)},
			left(failedText)},

		// AWS never reuses an ID of these kinds.
		{"unique/skipped", had(skipped, unique), timeless(), left(skippedText)},
		{"unique/deleted", had(deleted, unique), timeless(), Ownership{Ours: true, Why: shownText}},

		// CloudFormation does not manage these resources.
		{"import failed", had(types.ResourceStatusImportFailed), since(50),
			foreign("is no longer in the stack retrycatch (IMPORT_FAILED at 2026-01-02T03:05:45Z)")},
		{"import rolled back", had(types.ResourceStatusImportRollbackComplete), since(50),
			foreign("is no longer in the stack retrycatch (IMPORT_ROLLBACK_COMPLETE at 2026-01-02T03:05:45Z)")},
		{"moved to another stack", had(types.ResourceStatusExportComplete, unique), since(50),
			foreign("is no longer in the stack retrycatch (EXPORT_COMPLETE at 2026-01-02T03:05:45Z)")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			requireEqual(t, test.want, test.member.Owner(ourStack, test.seen))
		})
	}
}

// TestClaimsOwner claims a resource for several stacks of one name, the newest first.
func TestClaimsOwner(t *testing.T) {
	t.Parallel()
	older := &Stack{Name: "retrycatch", ARN: awsstub.StackARN, Created: at(-1000),
		Status: types.StackStatusDeleteComplete}
	claimed := func(stack *Stack, status types.ResourceStatus, begun, changed int) Record {
		return Record{Stack: stack,
			Members: []Member{{Resource: role, Status: status, Begun: at(begun), Changed: at(changed),
				deleted: stack.Gone()}}}
	}
	tests := []struct {
		name    string
		records []Record
		since   int
		want    string
		ours    bool
	}{
		{"no claim", nil, 0, "exists, but no stack of this name ever had it", false},
		{"claim of the stack", []Record{claimed(ourStack, created, 1, 2)}, 1, "is in the stack retrycatch", true},
		{"claim of a deleted stack", []Record{claimed(older, skipped, -900, -500)}, -800,
			"was left behind by the stack retrycatch (DELETE_SKIPPED at 2026-01-02T02:55:45Z)", true},
		{"older claim valid", []Record{claimed(ourStack, uncreate, 1, 2), claimed(older, skipped, -900, -500)},
			-800,
			"was left behind by the stack retrycatch (DELETE_SKIPPED at 2026-01-02T02:55:45Z)", true},
		{"both claims valid", []Record{claimed(ourStack, created, 1, 2), claimed(older, skipped, -900, -500)}, -800,
			"is in the stack retrycatch", true},
		{"no valid claim",
			[]Record{claimed(ourStack, uncreate, 1, 2), claimed(older, skipped, -900, -500)}, -100,
			"was created at 2026-01-02T03:02:25Z, before the stack tried to create its own at 2026-01-02T03:04:06Z",
			false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := NewClaims(test.records).Owner(role, resource.Observation{Exists: true, Since: at(test.since)})
			requireEqual(t, test.want, got.Why)
			requireEqual(t, test.ours, got.Ours)
			other := NewClaims(test.records).Owner(group, resource.Observation{Exists: true, Since: at(test.since)})
			requireEqual(t, Ownership{Why: "exists, but no stack of this name ever had it"}, other)
		})
	}
}

func TestReadHistories(t *testing.T) {
	t.Parallel()
	const oldARN = "arn:aws:cloudformation:eu-west-1:111122223333:stack/retrycatch/old"
	stub := awsstub.Script{
		listStacks: {awsstub.Stacks("",
			awsstub.StackSummary{Name: "retrycatch", ARN: oldARN, Status: "DELETE_COMPLETE", Deleted: at(-5)})},
		describeStacks:     {awsstub.Stack("DELETE_COMPLETE", awsstub.ProjectTags())},
		describeEvents:     {awsstub.Events(""), awsstub.Events("", step(1, "B", "b", skipped))},
		listStackResources: {awsstub.StackList("", step(2, "A", "a", created))},
		getTemplate:        {awsstub.Template(`{"Resources": {}}`)},
	}.Stub(t)
	records, err := ReadHistories(t.Context(), stub.Config(), "retrycatch", ourStack)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, record := range records {
		got = append(got, string(record.Stack.Status)+" "+record.Members[0].ID)
	}
	requireEqual(t, []string{"UPDATE_COMPLETE a", "DELETE_COMPLETE b"}, got)
	for _, operation := range []string{listStacks, describeStacks, describeEvents, listStackResources} {
		stub.On(operation, awsstub.Denied())
		_, err := ReadHistories(t.Context(), stub.Config(), "retrycatch", ourStack)
		requireError(t, err, awsstub.DeniedText)
	}
}
