package faults

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// rewriteResponse changes the endpoint's responses about stacks whose deletion failed.
func (d *deletions) rewriteResponse(c *call, next handler) (*response, error) {
	resp, err := next(c)
	if err != nil || resp.document() == nil {
		return resp, err
	}
	document := resp.document()
	switch c.operation {
	case "cloudformation:DescribeStacks":
		return d.rewriteStacks(c, resp, document, "Stacks"), nil
	case "cloudformation:ListStacks":
		return d.rewriteStacks(c, resp, document, "StackSummaries"), nil
	}
	f := d.find(c, c.parameter("StackName"))
	if events := members(document, "StackEvents"); len(events) > 0 {
		// After the stack is deleted, find needs its ID, and the events contain the ID.
		f = d.find(c, childText(events[0], "StackId"))
	}
	switch {
	case f.id == "":
		return resp, nil
	case c.operation == "cloudformation:ListStackResources" && f.status != "":
		replaceMembers(document, "StackResourceSummaries", f.resources())
	case c.operation == "cloudformation:GetTemplate":
		document.FindElement("//TemplateBody").SetText(f.template)
	case c.operation == "cloudformation:DescribeStackEvents":
		events, err := stackEvents(c, next, f.id)
		if err != nil {
			return nil, err
		}
		replaceMembers(document, "StackEvents", f.mergeEvents(events))
		if token := document.FindElement("//NextToken"); token != nil {
			token.Parent().RemoveChild(token)
		}
	default:
		return resp, nil
	}
	return resp.withDocument(document), nil
}

// rewriteStacks restores the earlier descriptions of stacks whose deletion failed, and sets their
// status to the status of the failed deletion.
func (d *deletions) rewriteStacks(c *call, resp *response, document *etree.Document, list string) *response {
	changed := false
	for _, stack := range members(document, list) {
		f := d.find(c, childText(stack, "StackId"))
		if f.status == "" {
			continue
		}
		if list == "Stacks" {
			stack.Child = f.description.Copy().Child
		}
		setChildText(stack, "StackStatus", f.status)
		setChildText(stack, "StackStatusReason", f.statusReason())
		setChildText(stack, "DeletionTime", f.deletionTime)
		changed = true
	}
	if !changed {
		return resp
	}
	return resp.withDocument(document)
}

func replaceMembers(document *etree.Document, list string, members []*etree.Element) {
	element := document.FindElement("//" + list)
	element.Child = nil
	for _, member := range members {
		element.AddChild(member.Copy())
	}
}

func (f failedDeletion) statusReason() string {
	if f.status != "DELETE_FAILED" {
		return ""
	}
	ids := strings.Join(slices.Sorted(maps.Keys(f.reasons)), ", ")
	return "The following resource(s) failed to delete: [" + ids + "]. "
}

// resources returns the resources that could not be deleted, and their dependencies.
func (f failedDeletion) resources() (remaining []*etree.Element) {
	for _, resource := range f.listed {
		resource = resource.Copy()
		if reason := f.reasons[childText(resource, "LogicalResourceId")]; reason != "" && f.status == "DELETE_FAILED" {
			setChildText(resource, "ResourceStatus", "DELETE_FAILED")
			setChildText(resource, "ResourceStatusReason", reason)
		}
		remaining = append(remaining, resource)
	}
	return remaining
}

// mergeEvents adds the events of the failed deletion to the endpoint's events. It removes the
// events of the proxy's own updates.
func (f failedDeletion) mergeEvents(endpoint []*etree.Element) []*etree.Element {
	events := slices.Concat(f.events, slices.DeleteFunc(endpoint, func(event *etree.Element) bool {
		return childText(event, "ClientRequestToken") == updateToken
	}))
	slices.SortStableFunc(events, func(a, b *etree.Element) int {
		return strings.Compare(childText(b, "Timestamp"), childText(a, "Timestamp"))
	})
	return events
}

// timestamp returns the current time in CloudFormation's format.
func timestamp() string { return time.Now().UTC().Format("2006-01-02T15:04:05.000Z") }

// events builds the events of the failed deletion, newest first. remaining holds the logical IDs of
// the resources that are not deleted.
func (del *deletion) events(remaining map[string]bool) (events []*etree.Element) {
	stack := etree.NewElement("member")
	setChildText(stack, "LogicalResourceId", childText(del.description, "StackName"))
	setChildText(stack, "PhysicalResourceId", childText(del.description, "StackId"))
	setChildText(stack, "ResourceType", "AWS::CloudFormation::Stack")
	events = append(events, del.newEvent(stack, "DELETE_IN_PROGRESS", "User Initiated"))
	for _, resource := range slices.Backward(del.listed) {
		id := childText(resource, "LogicalResourceId")
		policy, _ := del.template.resource(id)["DeletionPolicy"].(string)
		started := del.newEvent(resource, "DELETE_IN_PROGRESS", "")
		switch reason := del.reasons[id]; {
		case reason != "":
			events = append(events, started, del.newEvent(resource, "DELETE_FAILED", reason))
		case remaining[id]:
		case strings.HasPrefix(policy, "Retain"):
			events = append(events, del.newEvent(resource, "DELETE_SKIPPED", ""))
		default:
			events = append(events, started, del.newEvent(resource, "DELETE_COMPLETE", ""))
		}
	}
	f := failedDeletion{status: "DELETE_FAILED", reasons: del.reasons}
	events = append(events, del.newEvent(stack, f.status, f.statusReason()))
	slices.Reverse(events)
	return events
}

// newEvent builds an event of a resource or of the stack.
func (del *deletion) newEvent(source *etree.Element, status, reason string) *etree.Element {
	event, now := etree.NewElement("member"), timestamp()
	setChildText(event, "StackId", childText(del.description, "StackId"))
	setChildText(event, "StackName", childText(del.description, "StackName"))
	setChildText(event, "EventId", childText(source, "LogicalResourceId")+"-"+status+"-"+now)
	for _, child := range []string{"LogicalResourceId", "PhysicalResourceId", "ResourceType"} {
		setChildText(event, child, childText(source, child))
	}
	setChildText(event, "ResourceStatus", status)
	setChildText(event, "Timestamp", now)
	if reason != "" {
		setChildText(event, "ResourceStatusReason", reason)
	}
	if token := del.call.parameter("ClientRequestToken"); token != "" {
		setChildText(event, "ClientRequestToken", token)
	}
	return event
}
