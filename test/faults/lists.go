package faults

import "github.com/beevik/etree"

// all pages through a list and returns its members.
func all(c *call, next handler, operation, list string, parameters map[string]string) ([]*etree.Element, error) {
	var found []*etree.Element
	for {
		a, err := next(c.newCall(operation, parameters))
		if err != nil {
			return nil, err
		}
		document := a.document()
		found = append(found, members(document, list)...)
		var token *etree.Element
		if document != nil {
			token = document.FindElement("//NextToken")
		}
		if token == nil {
			return found, nil
		}
		parameters["NextToken"] = token.Text()
	}
}

// resourcesOf lists the resources of a stack, by its name or ID.
func resourcesOf(c *call, next handler, stack string) ([]*etree.Element, error) {
	return all(c, next, "cloudformation:ListStackResources", "StackResourceSummaries",
		map[string]string{"StackName": stack})
}

// eventsOf lists the events of a stack, by its name or ID, the newest first.
func eventsOf(c *call, next handler, stack string) ([]*etree.Element, error) {
	return all(c, next, "cloudformation:DescribeStackEvents", "StackEvents", map[string]string{"StackName": stack})
}

// ofStack reports whether an event is about the stack itself, not about one of its resources.
func ofStack(event *etree.Element) bool {
	return text(event, "PhysicalResourceId") == text(event, "StackId")
}

// describe returns the description of a stack by its name or ID. It returns no elements for a stack
// that does not exist.
func describe(c *call, next handler, stack string) ([]*etree.Element, error) {
	return all(c, next, "cloudformation:DescribeStacks", "Stacks", map[string]string{"StackName": stack})
}
