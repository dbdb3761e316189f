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

// deletions makes CloudFormation fail to delete held resources, which the endpoint would delete.
// The endpoint gets an update instead of a DeleteStack. As on AWS, the held resources and all their
// dependencies are left. deletions changes the endpoint's answers to those about a DELETE_FAILED
// stack, until the endpoint's own DeleteStack succeeds. The stack must allow updates, and its
// template must be JSON.
type deletions struct {
	p       *Proxy
	holders []holder
	mu      sync.Mutex
	stacks  map[string]failed // by account, region and ID
}

// holder returns the service's message if a resource cannot be deleted, and "" otherwise.
type holder struct {
	manner string
	why    func(c *call, next handler, t template, r *etree.Element, all []*etree.Element) (reason string, err error)
}

// failed is a stack with resources that could not be deleted.
type failed struct {
	id       string
	deleted  string            // the time of the deletion
	status   string            // empty if the endpoint's status is right
	why      map[string]string // by logical ID
	stack    *etree.Element    // the description before the deletion
	listed   []*etree.Element  // the resources before the deletion
	template string
	events   []*etree.Element // the newest first
}

// held is the token of the updates that this package requests.
const held = "held-by-the-proxy-of-the-test"

// hold adds a reason for failed deletions.
func (d *deletions) hold(h holder) { d.holders = append(d.holders, h) }

func (d *deletions) answer(c *call, next handler) (*answer, error) {
	if len(d.holders) == 0 || !strings.HasPrefix(c.operation, "cloudformation:") {
		return next(c)
	}
	switch c.operation {
	case "cloudformation:DeleteStack":
		return d.deleteStack(c, next)
	case "cloudformation:UpdateStack", "cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet":
		if f := d.find(c, c.parameter("StackName")); f.status != "" {
			message := "Stack:" + f.id + " is in " + f.status + " state and can not be updated."
			return refuse(c, http.StatusBadRequest, "ValidationError", message), nil
		}
	}
	return d.view(c, next)
}

// find returns the failed deletion of a stack, or the zero value if there is none.
func (d *deletions) find(c *call, id string) failed {
	d.mu.Lock()
	defer d.mu.Unlock()
	for key, f := range d.stacks {
		if strings.HasPrefix(key, c.location()+" ") && (f.id == id || f.status != "" && stackName(f.id) == id) {
			return f
		}
	}
	return failed{}
}

func (d *deletions) remember(c *call, f failed) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stacks[c.location()+" "+f.id] = f
}

// deletion is one DeleteStack.
type deletion struct {
	call     *call
	next     handler
	stack    *etree.Element
	listed   []*etree.Element
	body     string
	template template
	why      map[string]string // why a resource cannot be deleted, by logical ID
}

func (d *deletions) deleteStack(c *call, next handler) (*answer, error) {
	del, err := d.read(c, next)
	if err != nil {
		return nil, err
	}
	if del == nil {
		return next(c)
	}
	f := d.find(c, c.parameter("StackName"))
	before := f.status == "DELETE_FAILED"
	force := c.parameter("DeletionMode") == "FORCE_DELETE_STACK"
	retained := map[string]bool{}
	for i := 1; c.parameter("RetainResources.member."+strconv.Itoa(i)) != ""; i++ {
		retained[c.parameter("RetainResources.member."+strconv.Itoa(i))] = true
	}
	if before && force {
		retained = del.template.withDependencies(slices.Collect(maps.Keys(del.why)))
	}
	maps.DeleteFunc(del.why, func(id, _ string) bool { return retained[id] })
	switch {
	case !before && (force || len(retained) > 0):
		return next(c) // only a failed deletion can be forced: the endpoint rejects this one
	case len(del.why) > 0:
		return d.fail(del, f)
	case !before:
		return next(c)
	}
	if len(retained) > 0 {
		if err := del.update(del.template.with("DeletionPolicy", "Retain", retained)); err != nil {
			return nil, err
		}
	}
	f.status = ""
	d.remember(c, f)
	return next(c.newCall(c.operation, map[string]string{"StackName": f.id,
		"ClientRequestToken": c.parameter("ClientRequestToken")}))
}

// read reads the stack to delete, and why the deletion must fail. It returns nil for a stack that
// does not exist or has termination protection.
func (d *deletions) read(c *call, next handler) (*deletion, error) {
	name := c.parameter("StackName")
	described, err := describe(c, next, name)
	if err != nil || len(described) != 1 || text(described[0], "StackStatus") == "DELETE_COMPLETE" ||
		text(described[0], "EnableTerminationProtection") == "true" {
		return nil, err
	}
	del := &deletion{call: c, next: next, stack: described[0], why: map[string]string{}}
	if del.listed, err = resourcesOf(c, next, name); err != nil {
		return nil, err
	}
	if del.body, err = templateOf(c, next, name); err != nil {
		return nil, err
	}
	del.template = parse(del.body)
	for _, resource := range del.listed {
		for _, h := range d.holders {
			reason, err := h.why(c, next, del.template, resource, del.listed)
			if err != nil {
				return nil, err
			}
			if reason != "" {
				del.why[text(resource, "LogicalResourceId")] = reason
				d.p.play(h.manner)
			}
		}
	}
	if len(del.why) > 0 && len(del.template) == 0 {
		return nil, fmt.Errorf("the proxy cannot make the deletion of %s fail: its template is not JSON", name)
	}
	return del, nil
}

// fail deletes the resources that can be deleted, and remembers the rest.
func (d *deletions) fail(del *deletion, f failed) (*answer, error) {
	if f.id == "" {
		f = failed{id: text(del.stack, "StackId"), stack: del.stack, listed: del.listed, template: del.body}
	}
	f.status, f.why, f.deleted = "DELETE_IN_PROGRESS", del.why, timestamp()
	d.remember(del.call, f)
	left := del.template.withDependencies(slices.Collect(maps.Keys(del.why)))
	if len(left) < len(del.listed) {
		if err := del.update(del.template.only(left)); err != nil {
			return nil, err
		}
	}
	f.status = "DELETE_FAILED"
	f.listed = slices.DeleteFunc(slices.Clone(f.listed), func(r *etree.Element) bool {
		return !left[text(r, "LogicalResourceId")]
	})
	f.events = append(del.events(left), f.events...)
	d.remember(del.call, f)
	return succeed(del.call), nil
}

// succeed builds the answer to a call of the query protocol without a result.
func succeed(c *call) *answer {
	_, action, _ := strings.Cut(c.operation, ":")
	return accept("text/xml", "<"+action+"Response><ResponseMetadata><RequestId>held</RequestId></ResponseMetadata></"+
		action+"Response>")
}

// update makes the endpoint update the stack to another template, and waits for the end.
func (del *deletion) update(t template) error {
	parameters := map[string]string{"StackName": text(del.stack, "StackName"), "TemplateBody": t.String(),
		"ClientRequestToken": held, "Capabilities.member.1": "CAPABILITY_NAMED_IAM"}
	for i, parameter := range del.stack.FindElements("Parameters/member") {
		prefix := "Parameters.member." + strconv.Itoa(i+1) + "."
		parameters[prefix+"ParameterKey"] = text(parameter, "ParameterKey")
		parameters[prefix+"UsePreviousValue"] = "true"
	}
	a, err := del.next(del.call.newCall("cloudformation:UpdateStack", parameters))
	if err != nil {
		return fmt.Errorf("cannot update a stack instead of deleting it: %w", err)
	}
	if a.status != http.StatusOK {
		return fmt.Errorf("cannot update a stack instead of deleting it: %s", a.body)
	}
	for {
		described, err := describe(del.call, del.next, text(del.stack, "StackId"))
		if err != nil {
			return err
		}
		switch status := text(described[0], "StackStatus"); {
		case status == "UPDATE_COMPLETE":
			return nil
		case !strings.HasSuffix(status, "_IN_PROGRESS"):
			return fmt.Errorf("the update of a stack instead of its deletion ended with %s: %s",
				status, text(described[0], "StackStatusReason"))
		}
		time.Sleep(10 * time.Millisecond) // CloudFormation has no notification
	}
}
