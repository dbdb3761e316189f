package faults

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/beevik/etree"
)

// deletions makes CloudFormation fail to delete resources that the endpoint would delete. As on
// AWS, the blocked resources and their dependencies remain.
//
// Instead of a DeleteStack that must fail, the endpoint gets an update that keeps only the blocked
// resources and their dependencies. Until a later deletion succeeds, the proxy changes the
// endpoint's responses to describe a DELETE_FAILED stack. The stack must allow updates, and its
// template must be JSON.
type deletions struct {
	p        *Proxy
	blockers []blocker
	mu       sync.Mutex
	failures map[string]failedDeletion // by account, region and stack ID
}

// blocker makes deletions fail. reason returns the service's error message for a resource that
// cannot be deleted, and "" for all others.
type blocker struct {
	behavior string // name of the behavior
	reason   func(c *call, next handler, t template, r *etree.Element, listed []*etree.Element) (message string, err error)
}

// failedDeletion describes a stack after DeleteStack failed.
type failedDeletion struct {
	id           string // stack ID
	deletionTime string
	status       string            // the stack status to report; empty to report the endpoint's status
	reasons      map[string]string // why each resource was not deleted, by logical ID
	description  *etree.Element    // the stack before the deletion
	listed       []*etree.Element  // the resources that remain
	template     string            // the template before the deletion
	events       []*etree.Element  // newest first
}

// updateToken is the client request token of updates that the proxy requests.
const updateToken = "update-by-the-test-proxy"

func (d *deletions) addBlocker(b blocker) { d.blockers = append(d.blockers, b) }

func (d *deletions) handle(c *call, next handler) (*response, error) {
	if len(d.blockers) == 0 || !strings.HasPrefix(c.operation, "cloudformation:") {
		return next(c)
	}
	switch c.operation {
	case "cloudformation:DeleteStack":
		return d.deleteStack(c, next)
	case "cloudformation:UpdateStack", "cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet":
		if f := d.find(c, c.parameter("StackName")); f.status != "" {
			message := "Stack:" + f.id + " is in " + f.status + " state and can not be updated."
			return errorResponse(c, http.StatusBadRequest, "ValidationError", message), nil
		}
	}
	return d.rewriteResponse(c, next)
}

// find returns the failed deletion of the stack with this name or ID, or the zero value. Once the
// stack is deleted, find accepts only its ID.
func (d *deletions) find(c *call, id string) failedDeletion {
	d.mu.Lock()
	defer d.mu.Unlock()
	for key, f := range d.failures {
		if strings.HasPrefix(key, c.accountRegion()+" ") && (f.id == id || f.status != "" && stackName(f.id) == id) {
			return f
		}
	}
	return failedDeletion{}
}

func (d *deletions) remember(c *call, f failedDeletion) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failures[c.accountRegion()+" "+f.id] = f
}

// deletion is a DeleteStack call and the stack that it deletes.
type deletion struct {
	call        *call
	next        handler
	description *etree.Element
	listed      []*etree.Element
	body        string
	template    template
	reasons     map[string]string // why resources cannot be deleted, by logical ID
}

func (d *deletions) deleteStack(c *call, next handler) (*response, error) {
	del, err := d.readDeletion(c, next)
	if err != nil {
		return nil, err
	}
	if del == nil {
		return next(c)
	}
	f := d.find(c, c.parameter("StackName"))
	failedBefore := f.status == "DELETE_FAILED"
	force := c.parameter("DeletionMode") == "FORCE_DELETE_STACK"
	retained := map[string]bool{}
	for i := 1; c.parameter("RetainResources.member."+strconv.Itoa(i)) != ""; i++ {
		retained[c.parameter("RetainResources.member."+strconv.Itoa(i))] = true
	}
	if failedBefore && force {
		retained = del.template.withDependencies(slices.Collect(maps.Keys(del.reasons)))
	}
	maps.DeleteFunc(del.reasons, func(id, _ string) bool { return retained[id] })
	switch {
	case !failedBefore && (force || len(retained) > 0):
		return next(c) // like AWS, the endpoint rejects both options before a deletion has failed
	case len(del.reasons) > 0:
		return d.failDeletion(del, f)
	case !failedBefore:
		return next(c)
	}
	if len(retained) > 0 {
		if err := del.update(del.template.withAttribute("DeletionPolicy", "Retain", retained)); err != nil {
			return nil, err
		}
	}
	f.status = ""
	d.remember(c, f)
	return next(c.derive(c.operation, map[string]string{"StackName": f.id,
		"ClientRequestToken": c.parameter("ClientRequestToken")}))
}

// readDeletion reads the stack that a call deletes, and checks its resources against all blockers.
// It returns nil for a stack that does not exist or has termination protection.
func (d *deletions) readDeletion(c *call, next handler) (*deletion, error) {
	name := c.parameter("StackName")
	described, err := describeStack(c, next, name)
	if err != nil || len(described) != 1 || childText(described[0], "StackStatus") == "DELETE_COMPLETE" ||
		childText(described[0], "EnableTerminationProtection") == "true" {
		return nil, err
	}
	del := &deletion{call: c, next: next, description: described[0], reasons: map[string]string{}}
	if del.listed, err = stackResources(c, next, name); err != nil {
		return nil, err
	}
	if del.body, err = originalTemplate(c, next, name); err != nil {
		return nil, err
	}
	del.template = parseTemplate(del.body)
	for _, resource := range del.listed {
		for _, b := range d.blockers {
			reason, err := b.reason(c, next, del.template, resource, del.listed)
			if err != nil {
				return nil, err
			}
			if reason != "" {
				del.reasons[childText(resource, "LogicalResourceId")] = reason
				d.p.countAltered(b.behavior)
			}
		}
	}
	if len(del.reasons) > 0 && len(del.template) == 0 {
		return nil, fmt.Errorf("the proxy cannot block the deletion of stack %s: its template is not JSON", name)
	}
	return del, nil
}

// failDeletion deletes the resources that can be deleted, and records the failed deletion.
func (d *deletions) failDeletion(del *deletion, f failedDeletion) (*response, error) {
	if f.id == "" {
		f = failedDeletion{id: childText(del.description, "StackId"), description: del.description,
			listed: del.listed, template: del.body}
	}
	f.status, f.reasons, f.deletionTime = "DELETE_IN_PROGRESS", del.reasons, timestamp()
	d.remember(del.call, f)
	remaining := del.template.withDependencies(slices.Collect(maps.Keys(del.reasons)))
	if len(remaining) < len(del.listed) {
		if err := del.update(del.template.keepOnly(remaining)); err != nil {
			return nil, err
		}
	}
	f.status = "DELETE_FAILED"
	f.listed = slices.DeleteFunc(slices.Clone(f.listed), func(r *etree.Element) bool {
		return !remaining[childText(r, "LogicalResourceId")]
	})
	f.events = append(del.events(remaining), f.events...)
	d.remember(del.call, f)
	return emptyResult(del.call), nil
}

// emptyResult builds the response to a query call that returns no data.
func emptyResult(c *call) *response {
	_, action, _ := strings.Cut(c.operation, ":")
	return okResponse("text/xml", "<"+action+"Response><ResponseMetadata><RequestId>fault</RequestId>"+
		"</ResponseMetadata></"+action+"Response>")
}

// update updates the stack to another template, and waits until the update ends.
func (del *deletion) update(t template) error {
	parameters := map[string]string{"StackName": childText(del.description, "StackName"), "TemplateBody": t.String(),
		"ClientRequestToken": updateToken, "Capabilities.member.1": "CAPABILITY_NAMED_IAM"}
	for i, parameter := range del.description.FindElements("Parameters/member") {
		prefix := "Parameters.member." + strconv.Itoa(i+1) + "."
		parameters[prefix+"ParameterKey"] = childText(parameter, "ParameterKey")
		parameters[prefix+"UsePreviousValue"] = "true"
	}
	resp, err := del.next(del.call.derive("cloudformation:UpdateStack", parameters))
	if err != nil {
		return fmt.Errorf("the proxy cannot replace the deletion of a stack with an update: %w", err)
	}
	if resp.status != http.StatusOK {
		return fmt.Errorf("the proxy cannot replace the deletion of a stack with an update: %s", resp.body)
	}
	for {
		described, err := describeStack(del.call, del.next, childText(del.description, "StackId"))
		if err != nil {
			return err
		}
		switch status := childText(described[0], "StackStatus"); {
		case status == "UPDATE_COMPLETE":
			return nil
		case !strings.HasSuffix(status, "_IN_PROGRESS"):
			return fmt.Errorf("the update that replaces the deletion of a stack ended with %s: %s",
				status, childText(described[0], "StackStatusReason"))
		}
		time.Sleep(10 * time.Millisecond) // CloudFormation sends no event that the proxy could await
	}
}
