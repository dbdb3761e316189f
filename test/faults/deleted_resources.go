package faults

import (
	"context"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// DeletedResourcesListed makes ListStackResources include resources that the stack deleted, failed
// to delete, skipped or failed to create. The endpoint shows these only in the stack's events.
//
// The template can give a resource a name. If CloudFormation fails to create such a resource, the
// list and the events show this name as the physical ID. The list shows the status DELETE_SKIPPED,
// because another stack may own a resource with the same name.
func DeletedResourcesListed() Behavior {
	return Behavior{Name: "deleted resources listed", layer: listingLayer,
		Source: "https://github.com/localstack/localstack/blob/d87aa8a3051112f6b5d8b1f94f1492e0844195f2/" +
			"tests/aws/services/cloudformation/api/test_stacks.snapshot.json " +
			"(test_blocked_stack_deletion, recorded on AWS)",
		newMiddleware: func(context.Context, *Proxy) middleware { return listDeleted }}
}

func listDeleted(c *call, next handler) (*response, error) {
	if c.operation != "cloudformation:ListStackResources" && c.operation != "cloudformation:DescribeStackEvents" {
		return next(c)
	}
	resp, err := next(c)
	if err != nil || resp.document() == nil {
		return resp, err
	}
	stack := c.parameter("StackName")
	events, err := stackEvents(c, next, stack)
	if err != nil {
		return nil, err
	}
	absent := absentResources(events)
	if err := setFailedNames(c, next, stack, absent); err != nil {
		return nil, err
	}
	document := resp.document()
	var changed bool
	if c.operation == "cloudformation:DescribeStackEvents" {
		changed = copyNames(members(document, "StackEvents"), absent)
	} else {
		changed = addToList(document, absent)
	}
	if !changed {
		return resp, nil
	}
	return resp.withDocument(document), nil
}

// absentStatuses lists the final statuses of resources that the endpoint does not list.
var absentStatuses = []string{"DELETE_COMPLETE", "DELETE_FAILED", "DELETE_SKIPPED", "CREATE_FAILED"}

// absentResources returns the last event of each resource whose status is in absentStatuses, oldest
// first. It returns events only after a deletion of the stack or a rollback of its creation.
func absentResources(events []*etree.Element) (absent []*etree.Element) {
	seen := map[string]bool{}
	for _, event := range events { // newest first
		id, status := childText(event, "LogicalResourceId"), childText(event, "ResourceStatus")
		isStack := isStackEvent(event)
		if seen[id] {
			continue
		}
		seen[id] = true
		switch {
		case isStack && !strings.HasPrefix(status, "DELETE_") && !strings.HasPrefix(status, "ROLLBACK_"):
			return nil
		case !isStack && slices.Contains(absentStatuses, status):
			absent = append(absent, event)
		}
	}
	slices.Reverse(absent)
	return absent
}

// nameProperties lists the template properties that name a resource.
var nameProperties = []string{"RoleName", "FunctionName", "StateMachineName", "LogGroupName", "TopicName", "AlarmName",
	"DashboardName", "QueueName"}

// setFailedNames sets the physical IDs and statuses in the events of resources that could not be
// created. The physical IDs are names from the template.
func setFailedNames(c *call, next handler, stack string, absent []*etree.Element) error {
	isFailed := func(event *etree.Element) bool { return childText(event, "ResourceStatus") == "CREATE_FAILED" }
	if !slices.ContainsFunc(absent, isFailed) {
		return nil
	}
	body, err := originalTemplate(c, next, stack)
	if err != nil {
		return err
	}
	template := parseTemplate(body)
	for _, event := range absent {
		if !isFailed(event) {
			continue
		}
		setChildText(event, "ResourceStatus", "DELETE_COMPLETE")
		for _, property := range nameProperties {
			name, ok := template.resource(childText(event, "LogicalResourceId")).properties()[property].(string)
			if ok && childText(event, "PhysicalResourceId") == "" {
				setChildText(event, "PhysicalResourceId", name)
				setChildText(event, "ResourceStatus", "DELETE_SKIPPED")
			}
		}
	}
	return nil
}

// copyNames copies the physical IDs that setFailedNames has set in absent to the matching events.
func copyNames(events, absent []*etree.Element) (changed bool) {
	for _, event := range events {
		for _, last := range absent {
			name := childText(last, "PhysicalResourceId")
			if childText(event, "EventId") == childText(last, "EventId") && childText(event, "PhysicalResourceId") != name {
				setChildText(event, "PhysicalResourceId", name)
				changed = true
			}
		}
	}
	return changed
}

// addToList adds resources to the last page of a list. If a list has more than one page (100
// resources), addToList can repeat resources of earlier pages.
func addToList(document *etree.Document, absent []*etree.Element) (changed bool) {
	list := document.FindElement("//StackResourceSummaries")
	if list == nil || document.FindElement("//NextToken") != nil {
		return false
	}
	listed := map[string]bool{}
	for _, member := range list.SelectElements("member") {
		listed[childText(member, "LogicalResourceId")] = true
	}
	for _, event := range absent {
		if listed[childText(event, "LogicalResourceId")] {
			continue
		}
		member := list.CreateElement("member")
		for _, child := range []string{"LogicalResourceId", "PhysicalResourceId", "ResourceType", "ResourceStatus",
			"ResourceStatusReason"} {
			if value := childText(event, child); value != "" {
				setChildText(member, child, value)
			}
		}
		setChildText(member, "LastUpdatedTimestamp", childText(event, "Timestamp"))
		changed = true
	}
	return changed
}
