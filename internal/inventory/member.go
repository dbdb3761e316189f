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
	LogicalID     string
	Status        types.ResourceStatus // latest status in CloudFormation
	CreationBegun time.Time            // when CloudFormation began to create the resource; zero if unknown
	Changed       time.Time            // when the resource got its status
	Kept          bool                 // CloudFormation keeps the resource when the stack is deleted
	deletionBegun time.Time            // when CloudFormation first tried to delete the resource; zero if unknown
	existed       bool                 // the creation failed because the resource already existed
	stackDeleted  bool
	dropped       bool // an update removed the resource from the stack, even if its deletion failed
	keptUnknown   bool // the template could not be read, so Kept is unknown
}

// InStack reports whether, according to CloudFormation, the resource is in the stack now. A
// resource that CloudFormation deleted, kept or failed to create is not in the stack, even if a
// resource with that name exists.
func (m Member) InStack() bool {
	switch m.Status {
	case types.ResourceStatusDeleteComplete, types.ResourceStatusDeleteSkipped, types.ResourceStatusCreateFailed, "":
		return false
	}
	return !m.stackDeleted && !m.dropped && !m.notManaged()
}

// notManaged reports whether the stack does not manage the resource, because an import failed or
// was rolled back, or because the resource moved to another stack:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-refactoring.html
func (m Member) notManaged() bool {
	switch m.Status {
	case types.ResourceStatusImportFailed, types.ResourceStatusImportRollbackComplete,
		types.ResourceStatusExportComplete:
		return true
	}
	return false
}

// members merges a stack's list of resources with its events, which are sorted from old to new.
// Neither is sufficient: the list may be stale, and CloudFormation keeps events for only 90 days.
// If a list entry and an event differ, the later one counts. If both have the same time, the list
// entry counts.
func members(stack *Stack, summaries []types.StackResourceSummary, events []types.StackEvent) []Member {
	l := memberList{stack: stack, entries: map[entry]*Member{}, attempts: map[string]*attempt{}}
	for _, event := range events {
		l.addEvent(event)
	}
	for _, summary := range summaries {
		l.addSummary(summary)
	}
	if stack.Gone() {
		l.markDroppedBeforeDeletion()
	} else {
		l.markDropped(summaries)
	}
	return l.sorted()
}

// memberList collects the members of one stack.
type memberList struct {
	stack    *Stack
	entries  map[entry]*Member
	attempts map[string]*attempt // latest attempt for each logical ID
	deletion time.Time           // when the stack's deletion began; zero without a deletion
}

// entry is a resource under one logical ID. If a template renames the logical ID, the resource has
// two entries.
type entry struct {
	logicalID string
	resource  resource.Resource
}

func physical(kind, id *string) resource.Resource {
	return resource.Resource{Kind: resource.Kind(aws.ToString(kind)), ID: aws.ToString(id)}
}

// attempt is one creation or update of the resource with a logical ID.
type attempt struct {
	begun   time.Time
	creates bool   // the attempt started as a creation
	from    string // physical ID at the start
	existed bool   // the attempt failed because the resource already existed
	ended   bool
}

// creation returns the time at which the attempt began to create the resource with this physical
// ID. It returns the zero time if the attempt does not create that resource. An update that
// replaces a resource creates the new one.
func (a *attempt) creation(id string) time.Time {
	if a != nil && (a.creates || a.from != "" && a.from != id) {
		return a.begun
	}
	return time.Time{}
}

func (l *memberList) addEvent(event types.StackEvent) {
	r := physical(event.ResourceType, event.PhysicalResourceId)
	if r.ID == l.stack.ARN && event.ResourceStatus == types.ResourceStatusDeleteInProgress && l.deletion.IsZero() {
		l.deletion = aws.ToTime(event.Timestamp)
	}
	if r.ID == l.stack.ARN || !r.Kind.ExistsOutsideStack() {
		return
	}
	id, at := aws.ToString(event.LogicalResourceId), aws.ToTime(event.Timestamp)
	deletes := strings.HasPrefix(string(event.ResourceStatus), "DELETE_")
	if !deletes {
		l.recordAttempt(event)
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
		if member.deletionBegun.IsZero() {
			member.deletionBegun = at
		}
	}
	if last := l.attempts[id]; !deletes && last.existed && !last.creation(r.ID).IsZero() {
		member.existed = true
	}
	member.Status, member.Changed = event.ResourceStatus, at
}

// recordAttempt updates the attempt that an event belongs to, or starts a new attempt.
func (l *memberList) recordAttempt(event types.StackEvent) {
	id, reason := aws.ToString(event.LogicalResourceId), aws.ToString(event.ResourceStatusReason)
	current := l.attempts[id]
	if current == nil || current.ended {
		current = &attempt{begun: aws.ToTime(event.Timestamp), from: aws.ToString(event.PhysicalResourceId),
			creates: event.ResourceStatus == types.ResourceStatusCreateInProgress}
		l.attempts[id] = current
	}
	current.ended = !strings.HasSuffix(string(event.ResourceStatus), "_IN_PROGRESS")
	if strings.HasSuffix(string(event.ResourceStatus), "_FAILED") && saysAlreadyExists(reason) {
		current.existed = true
	}
}

// saysAlreadyExists reports whether the reason of a failed creation says that the resource already
// exists. The reason contains the handler's code AlreadyExists, or a code of the service, such as
// EntityAlreadyExists. The event has no field for the code:
// https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html
func saysAlreadyExists(reason string) bool {
	return strings.Contains(reason, "AlreadyExists") || strings.Contains(reason, "already exist")
}

// ended reports whether the resource's creation failed, or its deletion began or was skipped. Any
// later event that is not about a deletion is about a new resource.
func (m *Member) ended() bool {
	return m.Status == types.ResourceStatusCreateFailed || strings.HasPrefix(string(m.Status), "DELETE_")
}

// add adds a member for a resource. The new member replaces an ended member of the same resource.
func (l *memberList) add(id string, r resource.Resource) *Member {
	last := l.attempts[id]
	member := &Member{Resource: r, LogicalID: id, CreationBegun: last.creation(r.ID), stackDeleted: l.stack.Gone(),
		existed: last != nil && last.creates && last.existed}
	l.entries[entry{id, r}] = member
	return member
}

func (l *memberList) addSummary(summary types.StackResourceSummary) {
	r := physical(summary.ResourceType, summary.PhysicalResourceId)
	if r.ID == "" || !r.Kind.ExistsOutsideStack() {
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

// markDropped marks the resources that an update removed from the stack. CloudFormation no longer
// lists a resource that an update replaced or failed to delete:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html
// (section "Resource removed from stack but not deleted"). A stale list lacks new resources, too.
// So a resource without an event of its deletion is marked only if the list has a later entry with
// its logical ID.
func (l *memberList) markDropped(summaries []types.StackResourceSummary) {
	listed, lastUpdated := map[entry]bool{}, map[string]time.Time{}
	for _, summary := range summaries {
		id := aws.ToString(summary.LogicalResourceId)
		listed[entry{id, physical(summary.ResourceType, summary.PhysicalResourceId)}] = true
		lastUpdated[id] = aws.ToTime(summary.LastUpdatedTimestamp)
	}
	for key, member := range l.entries {
		listedLater := !lastUpdated[key.logicalID].IsZero() && !member.Changed.After(lastUpdated[key.logicalID])
		member.dropped = !listed[key] && (strings.HasPrefix(string(member.Status), "DELETE_") || listedLater)
	}
}

// markDroppedBeforeDeletion marks the resources that an update removed before the stack was
// deleted. It uses only the events, because the list of a deleted stack is not read.
func (l *memberList) markDroppedBeforeDeletion() {
	for _, member := range l.entries {
		member.dropped = strings.HasPrefix(string(member.Status), "DELETE_") && member.Changed.Before(l.deletion)
	}
}

// sorted returns each resource once, sorted by kind and name. If a resource has two entries, the
// entry that is in the stack wins, or else the later entry.
func (l *memberList) sorted() []Member {
	var all []Member
	for _, member := range l.entries {
		all = append(all, *member)
	}
	slices.SortFunc(all, func(a, b Member) int {
		inStack := 0
		switch {
		case a.InStack() && !b.InStack():
			inStack = -1
		case b.InStack() && !a.InStack():
			inStack = 1
		}
		return cmp.Or(cmp.Compare(a.String(), b.String()), cmp.Compare(a.ID, b.ID), inStack,
			b.Changed.Compare(a.Changed), cmp.Compare(a.LogicalID, b.LogicalID))
	})
	return slices.CompactFunc(all, func(a, b Member) bool { return a.Resource == b.Resource })
}
