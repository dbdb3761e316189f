package faults

import "github.com/beevik/etree"

// listAll pages through a list of a query service and returns the list's members.
func listAll(c *call, next handler, operation, list string, parameters map[string]string) ([]*etree.Element, error) {
	var found []*etree.Element
	for {
		resp, err := next(c.derive(operation, parameters))
		if err != nil {
			return nil, err
		}
		document := resp.document()
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

// stackResources lists the resources of the stack with this name or ID.
func stackResources(c *call, next handler, stack string) ([]*etree.Element, error) {
	return listAll(c, next, "cloudformation:ListStackResources", "StackResourceSummaries",
		map[string]string{"StackName": stack})
}

// stackEvents lists the events of the stack with this name or ID, newest first.
func stackEvents(c *call, next handler, stack string) ([]*etree.Element, error) {
	return listAll(c, next, "cloudformation:DescribeStackEvents", "StackEvents", map[string]string{"StackName": stack})
}

// isStackEvent reports whether an event is about the stack itself.
func isStackEvent(event *etree.Element) bool {
	return childText(event, "PhysicalResourceId") == childText(event, "StackId")
}

// describeStack returns a list with the description of the stack with this name or ID. The list is
// empty if the stack does not exist.
func describeStack(c *call, next handler, stack string) ([]*etree.Element, error) {
	return listAll(c, next, "cloudformation:DescribeStacks", "Stacks", map[string]string{"StackName": stack})
}
