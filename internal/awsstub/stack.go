package awsstub

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
)

// Stack answers CloudFormation.DescribeStacks with one stack. more holds further XML elements of
// the stack.
func Stack(status string, more ...string) Answer {
	return XML("<Stacks><member><StackName>retrycatch</StackName><StackId>", StackARN, "</StackId><CreationTime>",
		formatTime(Created),
		"</CreationTime><StackStatus>", status, "</StackStatus>", strings.Join(more, ""), "</member></Stacks>")
}

// NoStack answers that the stack does not exist.
func NoStack() Answer {
	return Error(http.StatusBadRequest, "ValidationError", "Stack with id retrycatch does not exist")
}

// Tags returns the XML element with the tags of a stack, a change set or a role. pairs alternates
// between key and value.
func Tags(pairs ...string) string {
	var tags strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		fmt.Fprintf(&tags, "<member><Key>%s</Key><Value>%s</Value></member>", escapeXML(pairs[i]), escapeXML(pairs[i+1]))
	}
	return "<Tags>" + tags.String() + "</Tags>"
}

// ProjectTags returns the XML element with the tags of this project's stack.
func ProjectTags() string { return Tags("Project", "retrycatch", "Stack", "retrycatch") }

// StackSummary is a stack in CloudFormation.ListStacks.
type StackSummary struct {
	Name, ARN string
	Status    string
	Deleted   time.Time // zero if the stack exists
}

// Stacks answers CloudFormation.ListStacks with one page. next is the next page's token.
func Stacks(next string, stacks ...StackSummary) Answer {
	var page strings.Builder
	for _, s := range stacks {
		fmt.Fprintf(&page, "<member><StackName>%s</StackName><StackId>%s</StackId><CreationTime>%s</CreationTime>"+
			"<StackStatus>%s</StackStatus>", s.Name, s.ARN, formatTime(Created), s.Status)
		if !s.Deleted.IsZero() {
			fmt.Fprintf(&page, "<DeletionTime>%s</DeletionTime>", formatTime(s.Deleted))
		}
		page.WriteString("</member>")
	}
	return XML("<StackSummaries>", page.String(), "</StackSummaries>", nextTokenElement(next))
}

// StackResource is a resource in a stack's list of resources or events.
type StackResource struct {
	Kind, ID  string
	LogicalID string    // if empty, LogicalID(Kind, ID)
	Status    string    // if empty, CREATE_COMPLETE
	Reason    string    // reason for the status
	At        time.Time // if zero, Created
}

// elements returns the XML elements that are the same in lists and in events.
func (r StackResource) elements() string {
	text := fmt.Sprintf(
		"<LogicalResourceId>%s</LogicalResourceId><ResourceType>%s</ResourceType><ResourceStatus>%s</ResourceStatus>",
		cmp.Or(r.LogicalID, LogicalID(r.Kind, r.ID)),
		r.Kind,
		cmp.Or(r.Status, "CREATE_COMPLETE"),
	)
	if r.ID != "" {
		text += "<PhysicalResourceId>" + escapeXML(r.ID) + "</PhysicalResourceId>"
	}
	if r.Reason != "" {
		text += "<ResourceStatusReason>" + escapeXML(r.Reason) + "</ResourceStatusReason>"
	}
	return text
}

func (r StackResource) timestamp() string {
	if r.At.IsZero() {
		return formatTime(Created)
	}
	return formatTime(r.At)
}

// StackResources answers CloudFormation.ListStackResources with one page. Each resource is a pair
// of type and physical ID. next is the next page's token. It is empty on the last page.
func StackResources(next string, resources ...[2]string) Answer {
	var all []StackResource
	for _, r := range resources {
		all = append(all, StackResource{Kind: r[0], ID: r[1]})
	}
	return StackResourceList(next, all...)
}

// StackResourceList answers CloudFormation.ListStackResources with one page. next is the next
// page's token.
func StackResourceList(next string, resources ...StackResource) Answer {
	var page strings.Builder
	for _, r := range resources {
		page.WriteString("<member>" + r.elements() + "<LastUpdatedTimestamp>" + r.timestamp() +
			"</LastUpdatedTimestamp></member>")
	}
	return XML("<StackResourceSummaries>", page.String(), "</StackResourceSummaries>", nextTokenElement(next))
}

// Events answers CloudFormation.DescribeStackEvents with one page. AWS returns the newest event
// first; Events keeps the given order. next is the next page's token.
func Events(next string, events ...StackResource) Answer {
	var page strings.Builder
	for _, e := range events {
		fmt.Fprintf(&page, "<member><StackId>%s</StackId><StackName>retrycatch</StackName><EventId>%s-%s-%s</EventId>%s"+
			"<Timestamp>%s</Timestamp></member>", StackARN, LogicalID(e.Kind, e.ID), e.Status, e.timestamp(), e.elements(),
			e.timestamp())
	}
	return XML("<StackEvents>", page.String(), "</StackEvents>", nextTokenElement(next))
}

// ChangeSets answers CloudFormation.ListChangeSets with one page. next is the next page's token.
func ChangeSets(next string, arns ...string) Answer {
	var page strings.Builder
	for _, arn := range arns {
		page.WriteString("<member><ChangeSetId>" + arn + "</ChangeSetId></member>")
	}
	return XML("<Summaries>", page.String(), "</Summaries>", nextTokenElement(next))
}

// Template answers CloudFormation.GetTemplate.
func Template(body string) Answer { return XML("<TemplateBody>", escapeXML(body), "</TemplateBody>") }

// LogicalID returns the logical ID that the stub gives a resource.
func LogicalID(kind, id string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return r
	}, kind+id)
}

func formatTime(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }
