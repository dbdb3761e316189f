package faults

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// view changes the endpoint's answers about stacks whose deletion has failed.
func (d *deletions) view(c *call, next handler) (*answer, error) {
	a, err := next(c)
	if err != nil || a.document() == nil {
		return a, err
	}
	document := a.document()
	switch c.operation {
	case "cloudformation:DescribeStacks":
		return d.viewStacks(c, a, document, "Stacks"), nil
	case "cloudformation:ListStacks":
		return d.viewStacks(c, a, document, "StackSummaries"), nil
	}
	f := d.find(c, c.parameter("StackName"))
	if events := members(document, "StackEvents"); len(events) > 0 {
		// A deleted stack can be found only by the ID in the endpoint's events.
		f = d.find(c, text(events[0], "StackId"))
	}
	switch {
	case f.id == "":
		return a, nil
	case c.operation == "cloudformation:ListStackResources" && f.status != "":
		replace(document, "StackResourceSummaries", f.resources())
	case c.operation == "cloudformation:GetTemplate":
		document.FindElement("//TemplateBody").SetText(f.template)
	case c.operation == "cloudformation:DescribeStackEvents":
		events, err := eventsOf(c, next, f.id)
		if err != nil {
			return nil, err
		}
		replace(document, "StackEvents", f.merge(events))
		if token := document.FindElement("//NextToken"); token != nil {
			token.Parent().RemoveChild(token)
		}
	default:
		return a, nil
	}
	return a.withDocument(document), nil
}

// viewStacks restores the earlier descriptions of stacks whose deletion failed, with the status of
// the deletion.
func (d *deletions) viewStacks(c *call, a *answer, document *etree.Document, list string) *answer {
	changed := false
	for _, stack := range members(document, list) {
		f := d.find(c, text(stack, "StackId"))
		if f.status == "" {
			continue
		}
		if list == "Stacks" {
			stack.Child = f.stack.Copy().Child
		}
		setText(stack, "StackStatus", f.status)
		setText(stack, "StackStatusReason", f.reason())
		setText(stack, "DeletionTime", f.deleted)
		changed = true
	}
	if !changed {
		return a
	}
	return a.withDocument(document)
}

// replace replaces the members of a list.
func replace(document *etree.Document, list string, members []*etree.Element) {
	element := document.FindElement("//" + list)
	element.Child = nil
	for _, member := range members {
		element.AddChild(member.Copy())
	}
}

// reason returns the status reason of a stack whose deletion failed.
func (f failed) reason() string {
	if f.status != "DELETE_FAILED" {
		return ""
	}
	return "The following resource(s) failed to delete: [" + strings.Join(slices.Sorted(maps.Keys(f.why)), ", ") + "]. "
}

// resources returns the remaining resources: those that could not be deleted, and their unchanged
// dependencies.
func (f failed) resources() (left []*etree.Element) {
	for _, resource := range f.listed {
		resource = resource.Copy()
		if why := f.why[text(resource, "LogicalResourceId")]; why != "" && f.status == "DELETE_FAILED" {
			setText(resource, "ResourceStatus", "DELETE_FAILED")
			setText(resource, "ResourceStatusReason", why)
		}
		left = append(left, resource)
	}
	return left
}

// merge inserts the events of failed deletions into the endpoint's events, and removes the events
// of updates that only this package requested.
func (f failed) merge(endpoint []*etree.Element) []*etree.Element {
	events := slices.Concat(f.events, slices.DeleteFunc(endpoint, func(event *etree.Element) bool {
		return text(event, "ClientRequestToken") == held
	}))
	slices.SortStableFunc(events, func(a, b *etree.Element) int {
		return strings.Compare(text(b, "Timestamp"), text(a, "Timestamp"))
	})
	return events
}

// timestamp returns the current time in CloudFormation's format.
func timestamp() string { return time.Now().UTC().Format("2006-01-02T15:04:05.000Z") }

// events builds the events of a failed deletion, the newest first.
func (del *deletion) events(left map[string]bool) (events []*etree.Element) {
	stack := etree.NewElement("member")
	setText(stack, "LogicalResourceId", text(del.stack, "StackName"))
	setText(stack, "PhysicalResourceId", text(del.stack, "StackId"))
	setText(stack, "ResourceType", "AWS::CloudFormation::Stack")
	events = append(events, del.event(stack, "DELETE_IN_PROGRESS", "User Initiated"))
	for _, resource := range slices.Backward(del.listed) {
		id := text(resource, "LogicalResourceId")
		policy, _ := del.template.resource(id)["DeletionPolicy"].(string)
		started := del.event(resource, "DELETE_IN_PROGRESS", "")
		switch why := del.why[id]; {
		case why != "":
			events = append(events, started, del.event(resource, "DELETE_FAILED", why))
		case left[id]:
		case strings.HasPrefix(policy, "Retain"):
			events = append(events, del.event(resource, "DELETE_SKIPPED", ""))
		default:
			events = append(events, started, del.event(resource, "DELETE_COMPLETE", ""))
		}
	}
	events = append(events, del.event(stack, "DELETE_FAILED", failed{status: "DELETE_FAILED", why: del.why}.reason()))
	slices.Reverse(events)
	return events
}

// event builds an event of a resource, or of the stack.
func (del *deletion) event(of *etree.Element, status, reason string) *etree.Element {
	event, now := etree.NewElement("member"), timestamp()
	setText(event, "StackId", text(del.stack, "StackId"))
	setText(event, "StackName", text(del.stack, "StackName"))
	setText(event, "EventId", text(of, "LogicalResourceId")+"-"+status+"-"+now)
	for _, child := range []string{"LogicalResourceId", "PhysicalResourceId", "ResourceType"} {
		setText(event, child, text(of, child))
	}
	setText(event, "ResourceStatus", status)
	setText(event, "Timestamp", now)
	if reason != "" {
		setText(event, "ResourceStatusReason", reason)
	}
	if token := del.call.parameter("ClientRequestToken"); token != "" {
		setText(event, "ClientRequestToken", token)
	}
	return event
}
