package faults

import (
	"context"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// DeletedStaysListed makes ListStackResources show the resources that a stack deleted, failed to
// delete, skipped or failed to create. The endpoint shows them only in the stack's events. A
// resource that could not be created has its name in the template as its physical ID, also in the
// events. It is listed as skipped, because the name may belong to somebody else.
func DeletedStaysListed() Manner {
	return Manner{Name: "deleted resources stay listed", layer: listings,
		Source: "https://github.com/localstack/localstack/blob/d87aa8a3051112f6b5d8b1f94f1492e0844195f2/" +
			"tests/aws/services/cloudformation/api/test_stacks.snapshot.json " +
			"(test_blocked_stack_deletion, recorded on AWS)",
		start: func(context.Context, *Proxy) middleware { return listDeleted }}
}

func listDeleted(c *call, next handler) (*answer, error) {
	if c.operation != "cloudformation:ListStackResources" && c.operation != "cloudformation:DescribeStackEvents" {
		return next(c)
	}
	a, err := next(c)
	if err != nil || a.document() == nil {
		return a, err
	}
	stack := c.parameter("StackName")
	events, err := eventsOf(c, next, stack)
	if err != nil {
		return nil, err
	}
	gone := lost(events)
	if err := nameFailed(c, next, stack, gone); err != nil {
		return nil, err
	}
	document := a.document()
	var changed bool
	if c.operation == "cloudformation:DescribeStackEvents" {
		changed = nameEvents(members(document, "StackEvents"), gone)
	} else {
		changed = addLost(document, gone)
	}
	if !changed {
		return a, nil
	}
	return a.withDocument(document), nil
}

// lostStatuses lists the final statuses of resources that a stack no longer has or never had.
var lostStatuses = []string{"DELETE_COMPLETE", "DELETE_FAILED", "DELETE_SKIPPED", "CREATE_FAILED"}

// lost returns the last events of such resources, the oldest first. It ignores resources that an
// update of an existing stack deleted.
func lost(events []*etree.Element) (gone []*etree.Element) {
	seen := map[string]bool{}
	for _, event := range events { // the newest first
		id, status := text(event, "LogicalResourceId"), text(event, "ResourceStatus")
		isStack := ofStack(event)
		if seen[id] {
			continue
		}
		seen[id] = true
		switch {
		case isStack && !strings.HasPrefix(status, "DELETE_") && !strings.HasPrefix(status, "ROLLBACK_"):
			return nil
		case !isStack && slices.Contains(lostStatuses, status):
			gone = append(gone, event)
		}
	}
	slices.Reverse(gone)
	return gone
}

// nameProperties lists the properties that name resources in templates.
var nameProperties = []string{"RoleName", "FunctionName", "StateMachineName", "LogGroupName", "TopicName", "AlarmName",
	"DashboardName", "QueueName"}

// nameFailed sets the names and statuses of resources that could not be created. The names come
// from the template.
func nameFailed(c *call, next handler, stack string, gone []*etree.Element) error {
	isFailed := func(event *etree.Element) bool { return text(event, "ResourceStatus") == "CREATE_FAILED" }
	if !slices.ContainsFunc(gone, isFailed) {
		return nil
	}
	body, err := templateOf(c, next, stack)
	if err != nil {
		return err
	}
	template := parse(body)
	for _, event := range gone {
		if !isFailed(event) {
			continue
		}
		setText(event, "ResourceStatus", "DELETE_COMPLETE")
		for _, property := range nameProperties {
			name, ok := template.resource(text(event, "LogicalResourceId")).properties()[property].(string)
			if ok && text(event, "PhysicalResourceId") == "" {
				setText(event, "PhysicalResourceId", name)
				setText(event, "ResourceStatus", "DELETE_SKIPPED")
			}
		}
	}
	return nil
}

// nameEvents copies the names that nameFailed found to the events of failed creations.
func nameEvents(events, gone []*etree.Element) (changed bool) {
	for _, event := range events {
		for _, last := range gone {
			name := text(last, "PhysicalResourceId")
			if text(event, "EventId") == text(last, "EventId") && text(event, "PhysicalResourceId") != name {
				setText(event, "PhysicalResourceId", name)
				changed = true
			}
		}
	}
	return changed
}

// addLost adds resources to the last page of a list. It could repeat a resource of an earlier page,
// but a page holds a hundred resources.
func addLost(document *etree.Document, gone []*etree.Element) (changed bool) {
	list := document.FindElement("//StackResourceSummaries")
	if list == nil || document.FindElement("//NextToken") != nil {
		return false
	}
	listed := map[string]bool{}
	for _, member := range list.SelectElements("member") {
		listed[text(member, "LogicalResourceId")] = true
	}
	for _, event := range gone {
		if listed[text(event, "LogicalResourceId")] {
			continue
		}
		member := list.CreateElement("member")
		for _, child := range []string{"LogicalResourceId", "PhysicalResourceId", "ResourceType", "ResourceStatus",
			"ResourceStatusReason"} {
			if value := text(event, child); value != "" {
				setText(member, child, value)
			}
		}
		setText(member, "LastUpdatedTimestamp", text(event, "Timestamp"))
		changed = true
	}
	return changed
}
