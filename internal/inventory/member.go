package inventory

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/resource"
)

// Member describes a resource that a stack has or had.
type Member struct {
	resource.Resource
	LogicalID string
	Status    types.ResourceStatus // its latest status in CloudFormation
	Begun     time.Time            // when CloudFormation began to create it; zero if no event says so
	Changed   time.Time            // when it got its status
	Kept      bool                 // the template tells CloudFormation to keep it when the stack is deleted
	ending    time.Time            // when CloudFormation first tried to delete it; zero if no event says so
	existed   bool                 // CloudFormation could not create it because it already existed
	deleted   bool                 // the stack is deleted
	dropped   bool                 // an update removed it from the stack, even if its deletion failed
	unread    bool                 // the template could not be read, so Kept is unknown
}

// Owned reports whether CloudFormation says that the resource exists in the stack now. The stack
// does not own a resource that CloudFormation deleted, skipped, dropped or failed to create, even
// if a resource with that name exists today.
func (m Member) Owned() bool {
	switch m.Status {
	case types.ResourceStatusDeleteComplete, types.ResourceStatusDeleteSkipped, types.ResourceStatusCreateFailed, "":
		return false
	}
	return !m.deleted && !m.dropped && !m.foreign()
}

// foreign reports whether this stack never managed the resource, or no longer manages it: an import
// failed or was rolled back, or the resource moved to another stack.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-refactoring.html
func (m Member) foreign() bool {
	switch m.Status {
	case types.ResourceStatusImportFailed, types.ResourceStatusImportRollbackComplete,
		types.ResourceStatusExportComplete:
		return true
	}
	return false
}

// members merges a stack's list of resources with its events, which come oldest first. The list may
// be stale, and CloudFormation keeps events for only 90 days, so neither is enough. The later of an
// entry and an event counts. If both have the same time, the entry counts.
func members(stack *Stack, summaries []types.StackResourceSummary, events []types.StackEvent) []Member {
	l := ledger{stack: stack, entries: map[entry]*Member{}, attempts: map[string]*attempt{}}
	for _, event := range events {
		l.addEvent(event)
	}
	for _, summary := range summaries {
		l.addSummary(summary)
	}
	if stack.Gone() {
		l.dropBefore()
	} else {
		l.drop(summaries)
	}
	return l.sorted()
}

// ledger collects the members of one stack.
type ledger struct {
	stack    *Stack
	entries  map[entry]*Member
	attempts map[string]*attempt // the latest attempt of each logical ID
	deletion time.Time           // when the stack's deletion began; zero without a deletion
}

// entry identifies a resource under one logical ID. If a template renames the logical ID, the
// resource has two entries.
type entry struct {
	logicalID string
	resource  resource.Resource
}

func physical(kind, id *string) resource.Resource {
	return resource.Resource{Kind: resource.Kind(aws.ToString(kind)), ID: aws.ToString(id)}
}

// attempt is one creation or update of a logical ID.
type attempt struct {
	begun   time.Time
	creates bool   // it started as a creation
	from    string // the physical ID at its start
	existed bool   // it failed because the resource already existed
	ended   bool
}

// creation returns when the attempt began if it creates the resource with this physical ID.
// Otherwise it returns zero. An update creates a resource if it replaces another one.
func (a *attempt) creation(id string) time.Time {
	if a != nil && (a.creates || a.from != "" && a.from != id) {
		return a.begun
	}
	return time.Time{}
}

func (l *ledger) addEvent(event types.StackEvent) {
	r := physical(event.ResourceType, event.PhysicalResourceId)
	if r.ID == l.stack.ARN && event.ResourceStatus == types.ResourceStatusDeleteInProgress && l.deletion.IsZero() {
		l.deletion = aws.ToTime(event.Timestamp)
	}
	if r.ID == l.stack.ARN || !r.Kind.Exists() {
		return
	}
	id, at := aws.ToString(event.LogicalResourceId), aws.ToTime(event.Timestamp)
	deletes := strings.HasPrefix(string(event.ResourceStatus), "DELETE_")
	if !deletes {
		l.try(event)
	}
	if r.ID == "" {
		return
	}
	member := l.entries[entry{id, r}]
	if member == nil || !deletes && member.ended() {
		member = l.add(id, r)
	}
	switch event.ResourceStatus {
	case types.ResourceStatusDeleteInProgress, types.ResourceStatusDeleteFailed:
		if member.ending.IsZero() {
			member.ending = at
		}
	}
	if try := l.attempts[id]; !deletes && try.existed && !try.creation(r.ID).IsZero() {
		member.existed = true
	}
	member.Status, member.Changed = event.ResourceStatus, at
}

// try updates the attempt that an event belongs to, or starts a new one.
func (l *ledger) try(event types.StackEvent) {
	id, reason := aws.ToString(event.LogicalResourceId), aws.ToString(event.ResourceStatusReason)
	now := l.attempts[id]
	if now == nil || now.ended {
		now = &attempt{begun: aws.ToTime(event.Timestamp), from: aws.ToString(event.PhysicalResourceId),
			creates: event.ResourceStatus == types.ResourceStatusCreateInProgress}
		l.attempts[id] = now
	}
	now.ended = !strings.HasSuffix(string(event.ResourceStatus), "_IN_PROGRESS")
	if strings.HasSuffix(string(event.ResourceStatus), "_FAILED") && saysExists(reason) {
		now.existed = true
	}
}

// saysExists reports whether a creation failed because the resource exists. Only the text of the
// event's reason reveals this. It quotes the handler's code AlreadyExists, or the service's own
// code, such as EntityAlreadyExists:
// https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html
func saysExists(reason string) bool {
	return strings.Contains(reason, "AlreadyExists") || strings.Contains(reason, "already exist")
}

// ended reports whether the resource was deleted, skipped or never created. Any later event is
// about a new resource.
func (m *Member) ended() bool {
	return m.Status == types.ResourceStatusCreateFailed || strings.HasPrefix(string(m.Status), "DELETE_")
}

// add adds a member for a resource, or replaces its ended member.
func (l *ledger) add(id string, r resource.Resource) *Member {
	try := l.attempts[id]
	member := &Member{Resource: r, LogicalID: id, Begun: try.creation(r.ID), deleted: l.stack.Gone(),
		existed: try != nil && try.creates && try.existed}
	l.entries[entry{id, r}] = member
	return member
}

func (l *ledger) addSummary(summary types.StackResourceSummary) {
	r := physical(summary.ResourceType, summary.PhysicalResourceId)
	if r.ID == "" || !r.Kind.Exists() {
		return
	}
	id, at := aws.ToString(summary.LogicalResourceId), aws.ToTime(summary.LastUpdatedTimestamp)
	member := l.entries[entry{id, r}]
	if member == nil {
		member = l.add(id, r)
	}
	if !at.Before(member.Changed) {
		member.Status, member.Changed = summary.ResourceStatus, at
	}
}

// drop marks resources that an update removed from the stack. CloudFormation no longer lists a
// resource that an update replaced, or that the update failed to delete. A stale list lacks the
// newest resources, so drop compares times:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html
// (section "Resource removed from stack but not deleted")
func (l *ledger) drop(summaries []types.StackResourceSummary) {
	listed, last := map[entry]bool{}, map[string]time.Time{}
	for _, summary := range summaries {
		id := aws.ToString(summary.LogicalResourceId)
		listed[entry{id, physical(summary.ResourceType, summary.PhysicalResourceId)}] = true
		last[id] = aws.ToTime(summary.LastUpdatedTimestamp)
	}
	for key, member := range l.entries {
		listedLater := !last[key.logicalID].IsZero() && !member.Changed.After(last[key.logicalID])
		member.dropped = !listed[key] && (strings.HasPrefix(string(member.Status), "DELETE_") || listedLater)
	}
}

// dropBefore marks the resources that an update removed before the stack's deletion. A deleted
// stack's list is not read.
func (l *ledger) dropBefore() {
	for _, member := range l.entries {
		member.dropped = strings.HasPrefix(string(member.Status), "DELETE_") && member.Changed.Before(l.deletion)
	}
}

// sorted returns each resource once, by kind and name. If a resource has two entries, it prefers
// the entry that the stack owns, then the later entry.
func (l *ledger) sorted() []Member {
	var all []Member
	for _, member := range l.entries {
		all = append(all, *member)
	}
	slices.SortFunc(all, func(a, b Member) int {
		owned := 0
		switch {
		case a.Owned() && !b.Owned():
			owned = -1
		case b.Owned() && !a.Owned():
			owned = 1
		}
		return cmp.Or(cmp.Compare(a.String(), b.String()), cmp.Compare(a.ID, b.ID), owned, b.Changed.Compare(a.Changed),
			cmp.Compare(a.LogicalID, b.LogicalID))
	})
	return slices.CompactFunc(all, func(a, b Member) bool { return a.Resource == b.Resource })
}
