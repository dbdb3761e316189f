package faults

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync"

	"github.com/beevik/etree"
)

// FailedUpdateCleanup imitates a cleanup that fails after an update has replaced a role. The old
// role remains if it has a policy from outside the stack or is in an instance profile. The update
// still ends in UPDATE_COMPLETE.
//
// The endpoint gets a template that retains the role. The behavior changes the endpoint's responses
// to report a failed deletion. The template must be JSON.
func FailedUpdateCleanup() Behavior {
	return Behavior{Name: "failed update cleanup", layer: deletionLayer,
		Source: "https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/744 and " +
			"https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html",
		newMiddleware: func(context.Context, *Proxy) middleware {
			s := &cleanups{originals: map[string]string{}, reasons: map[string]string{}}
			return s.handle
		}}
}

type cleanups struct {
	mu        sync.Mutex
	originals map[string]string // the caller's template; key: the template sent to the endpoint
	reasons   map[string]string // why a role cannot be deleted; key: the role's account and name
}

func (s *cleanups) handle(c *call, next handler) (*response, error) {
	switch c.operation {
	case "cloudformation:UpdateStack", "cloudformation:CreateChangeSet":
		return s.retainRolesInUse(c, next)
	case "cloudformation:GetTemplate":
		resp, err := next(c)
		if err != nil || resp.document() == nil {
			return resp, err
		}
		document := resp.document()
		body := document.FindElement("//TemplateBody")
		s.mu.Lock()
		defer s.mu.Unlock()
		original, known := s.originals[body.Text()]
		if !known {
			return resp, nil
		}
		body.SetText(original)
		return resp.withDocument(document), nil
	case "cloudformation:DescribeStackEvents":
		resp, err := next(c)
		if err != nil || resp.document() == nil {
			return resp, err
		}
		if document := resp.document(); s.rewriteEvents(c, document) {
			return resp.withDocument(document), nil
		}
		return resp, nil
	}
	return next(c)
}

// retainRolesInUse makes the endpoint retain the replaced roles that AWS would fail to delete.
func (s *cleanups) retainRolesInUse(c *call, next handler) (*response, error) {
	sent, err := sentTemplate(c, next)
	if err != nil {
		return nil, err
	}
	name, updated := c.parameter("StackName"), parseTemplate(sent)
	oldBody, err := originalTemplate(c, next, name)
	if err != nil {
		return nil, err
	}
	listed, err := stackResources(c, next, name)
	if err != nil {
		return nil, err
	}
	retained := map[string]bool{}
	for _, resource := range listed {
		id := childText(resource, "LogicalResourceId")
		before, after := parseTemplate(oldBody).resource(id).properties(), updated.resource(id).properties()
		unchanged := func(property string) bool { return reflect.DeepEqual(before[property], after[property]) }
		if after == nil || unchanged("RoleName") && unchanged("Path") {
			continue
		}
		reason, err := roleInUseReason(c, next, parseTemplate(oldBody), resource, listed)
		if err != nil {
			return nil, err
		}
		if reason != "" {
			retained[id] = true
			s.mu.Lock()
			s.reasons[c.account+" "+childText(resource, "PhysicalResourceId")] = reason
			s.mu.Unlock()
		}
	}
	if len(retained) == 0 {
		return next(c)
	}
	rewritten := updated.withAttribute("UpdateReplacePolicy", "Retain", retained).String()
	s.mu.Lock()
	s.originals[rewritten] = sent
	s.mu.Unlock()
	return next(c.withTemplate(rewritten))
}

// rewriteEvents reports failed deletions of the roles that the endpoint retained.
func (s *cleanups) rewriteEvents(c *call, document *etree.Document) (changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var complete *etree.Element
	for _, event := range members(document, "StackEvents") { // newest first
		if childText(event, "ResourceStatus") == "UPDATE_COMPLETE" && isStackEvent(event) {
			complete = event
		}
		reason := s.reasons[c.account+" "+childText(event, "PhysicalResourceId")]
		if reason == "" || childText(event, "ResourceStatus") != "DELETE_SKIPPED" || complete == nil {
			continue
		}
		started, cleanup := event.Copy(), complete.Copy()
		setChildText(event, "ResourceStatus", "DELETE_FAILED")
		setChildText(event, "ResourceStatusReason", reason)
		setChildText(complete, "ResourceStatusReason", "Update successful. One or more resources could not be deleted.")
		setChildText(started, "ResourceStatus", "DELETE_IN_PROGRESS")
		setChildText(started, "EventId", childText(event, "EventId")+"-started")
		setChildText(cleanup, "ResourceStatus", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
		setChildText(cleanup, "EventId", childText(event, "EventId")+"-cleanup")
		event.Parent().InsertChildAt(event.Index()+1, started)
		event.Parent().InsertChildAt(event.Index()+2, cleanup)
		changed = true
	}
	return changed
}

// sentTemplate returns the template of a call, from its body or from S3. It returns "" for a call
// that keeps the stack's template, or if S3 does not return the object.
func sentTemplate(c *call, next handler) (string, error) {
	address, err := url.Parse(c.parameter("TemplateURL"))
	if err != nil || address.Host == "" {
		return c.parameter("TemplateBody"), nil
	}
	path := address.Path
	if bucket, _, isVirtualHosted := strings.Cut(address.Host, ".s3"); isVirtualHosted {
		path = "/" + bucket + path
	}
	get := c.derive("s3:GetObject", nil)
	get.protocol, get.body = restXML, nil
	get.request.Method, get.request.URL = http.MethodGet, &url.URL{Path: path}
	get.request.Header.Del("Content-Type")
	resp, err := next(get)
	if err != nil || resp.status != http.StatusOK {
		return "", err
	}
	return string(resp.body), nil
}

// withTemplate returns a copy of the call with another template.
func (c *call) withTemplate(body string) *call {
	form, _ := url.ParseQuery(string(c.body)) // an invalid form still returns its valid pairs
	form.Del("TemplateURL")
	form.Set("TemplateBody", body)
	changed := *c
	changed.body = []byte(form.Encode())
	return &changed
}
