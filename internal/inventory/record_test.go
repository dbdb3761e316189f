package inventory

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
)

func describeMembers(members []Member) (all []string) {
	for _, m := range members {
		all = append(all, describeMember(m))
	}
	return all
}

func TestReadRecord(t *testing.T) {
	t.Parallel()
	// The stub has no response for the events, so reading them fails the test.
	stub := awsstub.Script{
		listStackResources: {awsstub.StackResourceList("second", step(2, "B", "b", created), step(1, "C", "", creating)),
			awsstub.StackResourceList("", step(1, "A", "a", deleted))},
		getTemplate: {awsstub.Template(`{"Resources": {"B": {"DeletionPolicy": "Retain"}}}`)},
	}.Stub(t)
	got, err := ReadRecord(t.Context(), stub.Config(), ourStack)
	if err != nil || got.TemplateErr != nil {
		t.Fatalf("got error %v and TemplateErr %v, want neither", err, got.TemplateErr)
	}
	requireEqual(t,
		[]string{"a as A: DELETE_COMPLETE, begun ?, changed 1", "b as B: CREATE_COMPLETE, begun ?, changed 2, in the stack"},
		describeMembers(got.Members))
	requireEqual(t, []string{"b as B: CREATE_COMPLETE, begun ?, changed 2, in the stack"}, describeMembers(got.InStack()))
	requireEqual(t, []bool{false, true}, []bool{got.Members[0].Kept, got.Members[1].Kept})
	requireEqual(t, awsstub.StackARN, *stub.Inputs(getTemplate)[0].(*cloudformation.GetTemplateInput).StackName)
	second := stub.Inputs(listStackResources)[1].(*cloudformation.ListStackResourcesInput)
	requireEqual(t, []string{awsstub.StackARN, "second"}, []string{*second.StackName, *second.NextToken})
}

// The first lists lag behind the stack's creation. A resource with a condition might not exist.
func TestReadRecordStaleList(t *testing.T) {
	t.Parallel()
	stub := awsstub.Script{
		listStackResources: {awsstub.StackResourceList(""), awsstub.StackResourceList("", step(1, "A", "a", created)),
			awsstub.StackResourceList("", step(1, "A", "a", created), step(2, "B", "b", created))},
		getTemplate: {awsstub.Template(`{"Resources": {"A": {}, "B": {}, "C": {"Condition": "Never"}}}`)},
	}.Stub(t)
	complete := *ourStack
	complete.Status = types.StackStatusCreateComplete
	got, err := ReadRecord(t.Context(), stub.Config(), &complete)
	if err != nil {
		t.Fatal(err)
	}
	requireEqual(t, []string{"a as A: CREATE_COMPLETE, begun ?, changed 1, in the stack",
		"b as B: CREATE_COMPLETE, begun ?, changed 2, in the stack"}, describeMembers(got.InStack()))
	requireEqual(t, 3, len(stub.Inputs(listStackResources)))
}

func TestReadHistory(t *testing.T) {
	t.Parallel()
	stub := awsstub.Script{
		describeEvents: {awsstub.Events("second", step(6, "A", "a", deleted), step(5, "A", "a", deleting)),
			awsstub.Events("", step(2, "A", "a", created), step(1, "A", "", creating))},
		listStackResources: {awsstub.StackResourceList("")},
		getTemplate:        {awsstub.Template(`{"Resources": {}}`)},
	}.Stub(t)
	got, err := ReadHistory(t.Context(), stub.Config(), ourStack)
	if err != nil {
		t.Fatal(err)
	}
	requireEqual(t, []string{"a as A: DELETE_COMPLETE, begun 1, changed 6, deletion begun 5, dropped"},
		describeMembers(got.Members))
}

func TestReadHistoryFails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		operation string
		answers   []awsstub.Answer
		want      string
	}{
		{describeEvents, answers(awsstub.Denied()), "cannot read the events of the stack " + awsstub.StackARN},
		{describeEvents, answers(awsstub.Events("second"), awsstub.Denied()),
			"cannot read the events of the stack " + awsstub.StackARN},
		{listStackResources, answers(awsstub.Denied()), "cannot list the resources of the stack " + awsstub.StackARN},
		{listStackResources, answers(awsstub.StackResourceList("second"), awsstub.Denied()),
			"cannot list the resources of the stack " + awsstub.StackARN},
	}
	for _, test := range tests {
		t.Run(test.operation, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(describeEvents, awsstub.Events("")).On(listStackResources, awsstub.StackResourceList("")).
				On(test.operation, test.answers...)
			got, err := ReadHistory(t.Context(), stub.Config(), ourStack)
			requireError(t, err, test.want)
			requireError(t, err, awsstub.DeniedText)
			if got.Members != nil {
				t.Errorf("got members %v, want only an error", got.Members)
			}
		})
	}
}

// Without a template, the record still contains the members.
func TestRecordWithoutTemplate(t *testing.T) {
	t.Parallel()
	templates := map[string]awsstub.Answer{"denied": awsstub.Denied(), "unreadable": awsstub.Template("{{")}
	for name, answer := range templates {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.Script{
				describeEvents:     {awsstub.Events("", step(2, "A", "a", skipped), step(1, "A", "a", created))},
				listStackResources: {awsstub.StackResourceList("")},
				getTemplate:        {answer},
			}.Stub(t)
			got, err := ReadHistory(t.Context(), stub.Config(), ourStack)
			if err != nil {
				t.Fatal(err)
			}
			requireError(t, got.TemplateErr, "cannot read the template of the stack "+awsstub.StackARN)
			if m := got.Members[0]; m.Kept || !m.keptUnknown {
				t.Errorf("got Kept %t and keptUnknown %t, want false and true", m.Kept, m.keptUnknown)
			}
			if assets := got.Assets(); assets != nil {
				t.Errorf("got assets %v, want none", assets)
			}
		})
	}
	t.Run("canceled", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		stub := awsstub.New(t).On(listStackResources, awsstub.StackResourceList(""))
		stub.On(getTemplate, func(call awsstub.Call) (*http.Response, error) {
			cancel()
			return awsstub.Denied()(call)
		})
		_, err := ReadRecord(ctx, stub.Config(), ourStack)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got error %v, want %v", err, context.Canceled)
		}
	})
	// A stack in review has no template; only its change sets have one.
	t.Run("stack in review", func(t *testing.T) {
		t.Parallel()
		stub := awsstub.New(t).On(listStackResources, awsstub.StackResourceList(""))
		got, err := ReadRecord(t.Context(), stub.Config(),
			&Stack{ARN: awsstub.StackARN, Status: types.StackStatusReviewInProgress})
		if err != nil || got.TemplateErr != nil {
			t.Errorf("got error %v and TemplateErr %v, want neither", err, got.TemplateErr)
		}
	})
}

func TestTemplateKeeps(t *testing.T) {
	t.Parallel()
	dropped := func(m Member) Member { m.dropped = true; return m }
	memberAs := func(status types.ResourceStatus) Member { return Member{LogicalID: "A", Status: status} }
	tests := []struct {
		name, declared string
		member         Member
		want           bool
	}{
		{"Retain", `"A": {"DeletionPolicy": "Retain"}`, memberAs(created), true},
		{"RetainExceptOnCreate", `"A": {"DeletionPolicy": "RetainExceptOnCreate"}`, memberAs(created), true},
		{"Delete", `"A": {"DeletionPolicy": "Delete"}`, memberAs(created), false},
		{"Snapshot", `"A": {"DeletionPolicy": "Snapshot"}`, memberAs(created), false},
		{"null", `"A": {"DeletionPolicy": null}`, memberAs(created), false},
		{"no policy", `"A": {}`, memberAs(created), false},
		{"no policy, skipped", `"A": {}`, memberAs(skipped), false},
		{"policy of another resource",
			`"A": {}, "a": {"DeletionPolicy": "Retain"}, "B": {"DeletionPolicy": "Retain"}`, memberAs(created), false},
		{"not in the template", `"B": {}`, memberAs(created), false},
		{"not in the template, dropped and deleted", `"B": {}`, dropped(memberAs(deleted)), false},
		{"not in the template, dropped and skipped", `"B": {}`, dropped(memberAs(skipped)), true},
		{"not in the template, skipped", `"B": {}`, memberAs(skipped), false},
		{"not in template, deletion failed, skipped", `"B": {}`,
			dropped(Member{LogicalID: "A", Status: skipped, deletionBegun: at(1)}), false},
		{"replaced, only DeletionPolicy retains", `"A": {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Delete"}`,
			dropped(memberAs(deleteFailed)), false},
		{"replaced, UpdateReplacePolicy retains", `"A": {"UpdateReplacePolicy": "Retain"}`, dropped(memberAs(skipped)), true},
		{"not replaced, UpdateReplacePolicy retains", `"A": {"UpdateReplacePolicy": "Retain"}`, memberAs(skipped), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			parsed, err := parseTemplate(`{"Resources": {` + test.declared + `}}`)
			if err != nil {
				t.Fatal(err)
			}
			requireEqual(t, test.want, parsed.keeps(test.member))
		})
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	memberAs := func(status types.ResourceStatus) Member {
		return Member{Resource: role, LogicalID: "A", Status: status, CreationBegun: at(1), Changed: at(5)}
	}
	with := func(m Member, change func(*Member)) Member { change(&m); return m }
	tests := []struct {
		name           string
		earlier, later []Member
		want           []Member
	}{
		{"still listed", []Member{memberAs(created)},
			[]Member{with(memberAs(deleted), func(m *Member) { m.Changed = at(8) })},
			[]Member{with(memberAs(deleted), func(m *Member) { m.Changed = at(8) })}},
		{"still listed, creation event expired", []Member{with(memberAs(created), func(m *Member) { m.existed = true })},
			[]Member{with(memberAs(deleted), func(m *Member) { m.CreationBegun = time.Time{} })},
			[]Member{with(memberAs(deleted), func(m *Member) { m.existed = true })}},
		{"still listed, template now unreadable", []Member{with(memberAs(created), func(m *Member) { m.Kept = true })},
			[]Member{with(memberAs(skipped), func(m *Member) { m.keptUnknown = true })},
			[]Member{with(memberAs(skipped), func(m *Member) { m.Kept = true })}},
		{"still listed, template always unreadable",
			[]Member{with(memberAs(created), func(m *Member) { m.keptUnknown = true })},
			[]Member{with(memberAs(skipped), func(m *Member) { m.keptUnknown = true })},
			[]Member{with(memberAs(skipped), func(m *Member) { m.keptUnknown = true })}},
		{"not listed", []Member{memberAs(created)}, nil,
			[]Member{with(memberAs(deleted), func(m *Member) { m.Changed, m.stackDeleted = at(9), true })}},
		{"not listed, kept", []Member{with(memberAs(created), func(m *Member) { m.Kept = true })}, nil,
			[]Member{with(memberAs(skipped), func(m *Member) { m.Changed, m.Kept, m.stackDeleted = at(9), true, true })}},
		// These resources were not in the stack when its deletion began, so the deletion does not
		// change their status.
		{"not listed, already deleted", []Member{memberAs(deleted)}, nil,
			[]Member{with(memberAs(deleted), func(m *Member) { m.stackDeleted = true })}},
		{"not listed, creation failed", []Member{memberAs(createFailed)}, nil,
			[]Member{with(memberAs(createFailed), func(m *Member) { m.stackDeleted = true })}},
		{"not listed, dropped", []Member{with(memberAs(deleteFailed), func(m *Member) { m.dropped = true })}, nil,
			[]Member{with(memberAs(deleteFailed), func(m *Member) { m.dropped, m.stackDeleted = true, true })}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := Record{Stack: ourStack,
				Members: test.later}.Merge(Record{Stack: ourStack, Members: test.earlier}, at(9))
			requireEqual(t, test.want, got.Members)
		})
	}
}

// The stack's own policies and instance profiles do not prevent the deletion, so they are not
// holds.
func TestRecordHolds(t *testing.T) {
	t.Parallel()
	const policy = "arn:aws:iam::111122223333:policy/retrycatch-own"
	parsed, err := parseTemplate(`{"Resources": {"Role": {"Type": "AWS::IAM::Role",
		"Properties": {"Policies": [{"PolicyName": "logs"}]}}}}`)
	if err != nil {
		t.Fatal(err)
	}
	roleMember := Member{Resource: role, LogicalID: "Role", Status: created}
	members := []Member{roleMember,
		{Resource: resource.Resource{Kind: "AWS::IAM::ManagedPolicy", ID: policy}, Status: created},
		{Resource: resource.Resource{Kind: "AWS::IAM::InstanceProfile", ID: "own"}, Status: created},
		{Resource: resource.Resource{Kind: "AWS::IAM::InstanceProfile", ID: "former"}, Status: deleted}}
	script := awsstub.Script{
		"IAM.ListAttachedRolePolicies": {awsstub.XML("<AttachedPolicies><member><PolicyArn>" + policy +
			"</PolicyArn></member></AttachedPolicies>")},
		"IAM.ListRolePolicies": {awsstub.XML("<PolicyNames><member>logs</member><member>DebugAccess</member></PolicyNames>")},
		"IAM.ListInstanceProfilesForRole": {awsstub.XML("<InstanceProfiles>" + profile("own") +
			profile("former") + "</InstanceProfiles>")},
	}
	tests := []struct {
		name   string
		record Record
		want   []string
	}{
		{"readable template", Record{Stack: ourStack, Members: members, template: parsed},
			[]string{"has the inline policy DebugAccess, which the stack did not add", "is in the instance profile former"}},
		{"unreadable template", Record{Stack: ourStack, Members: members, TemplateErr: errors.New("unreadable")},
			[]string{"is in the instance profile former"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			holds, err := test.record.Holds(t.Context(), script.Stub(t).Config(), roleMember)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, hold := range holds {
				got = append(got, hold.Text)
			}
			requireEqual(t, test.want, got)
		})
	}
}

func profile(name string) string {
	return "<member><Path>/</Path><InstanceProfileName>" + name +
		"</InstanceProfileName><InstanceProfileId>AIPA</InstanceProfileId>" +
		"<Arn>arn</Arn><CreateDate>2026-01-02T03:04:05Z</CreateDate><Roles/></member>"
}
