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

// CleanupSkips makes an update keep a role that it replaces, if something outside the stack holds
// the role. The update still ends UPDATE_COMPLETE. The endpoint gets a template that retains the
// role. The manner changes the endpoint's answers to those of a failed deletion. The template must
// be JSON.
func CleanupSkips() Manner {
	return Manner{Name: "cleanup skips", layer: deleting,
		Source: "https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/744 and " +
			"https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html",
		start: func(context.Context, *Proxy) middleware {
			s := &cleanups{originals: map[string]string{}, why: map[string]string{}}
			return s.answer
		}}
}

type cleanups struct {
	mu        sync.Mutex
	originals map[string]string // the sent templates, by the templates that the endpoint got
	why       map[string]string // why a role cannot be deleted, by its account and name
}

func (s *cleanups) answer(c *call, next handler) (*answer, error) {
	switch c.operation {
	case "cloudformation:UpdateStack", "cloudformation:CreateChangeSet":
		return s.update(c, next)
	case "cloudformation:GetTemplate":
		a, err := next(c)
		if err != nil || a.document() == nil {
			return a, err
		}
		document := a.document()
		body := document.FindElement("//TemplateBody")
		s.mu.Lock()
		defer s.mu.Unlock()
		original, known := s.originals[body.Text()]
		if !known {
			return a, nil
		}
		body.SetText(original)
		return a.withDocument(document), nil
	case "cloudformation:DescribeStackEvents":
		a, err := next(c)
		if err != nil || a.document() == nil {
			return a, err
		}
		if document := a.document(); s.view(c, document) {
			return a.withDocument(document), nil
		}
		return a, nil
	}
	return next(c)
}

// update makes the endpoint retain the replaced roles that AWS could not delete.
func (s *cleanups) update(c *call, next handler) (*answer, error) {
	sent, err := sentTemplate(c, next)
	if err != nil {
		return nil, err
	}
	name, changed := c.parameter("StackName"), parse(sent)
	body, err := templateOf(c, next, name)
	if err != nil {
		return nil, err
	}
	listed, err := resourcesOf(c, next, name)
	if err != nil {
		return nil, err
	}
	retained := map[string]bool{}
	for _, resource := range listed {
		id := text(resource, "LogicalResourceId")
		before, after := parse(body).resource(id).properties(), changed.resource(id).properties()
		kept := func(property string) bool { return reflect.DeepEqual(before[property], after[property]) }
		if after == nil || kept("RoleName") && kept("Path") {
			continue
		}
		why, err := heldRole(c, next, parse(body), resource, listed)
		if err != nil {
			return nil, err
		}
		if why != "" {
			retained[id] = true
			s.mu.Lock()
			s.why[c.account+" "+text(resource, "PhysicalResourceId")] = why
			s.mu.Unlock()
		}
	}
	if len(retained) == 0 {
		return next(c)
	}
	given := changed.with("UpdateReplacePolicy", "Retain", retained).String()
	s.mu.Lock()
	s.originals[given] = sent
	s.mu.Unlock()
	return next(c.withTemplate(given))
}

// view makes the events report a failed deletion for roles that the endpoint retained.
func (s *cleanups) view(c *call, document *etree.Document) (changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var complete *etree.Element
	for _, event := range members(document, "StackEvents") { // the newest first
		if text(event, "ResourceStatus") == "UPDATE_COMPLETE" && ofStack(event) {
			complete = event
		}
		why := s.why[c.account+" "+text(event, "PhysicalResourceId")]
		if why == "" || text(event, "ResourceStatus") != "DELETE_SKIPPED" || complete == nil {
			continue
		}
		started, cleanup := event.Copy(), complete.Copy()
		setText(event, "ResourceStatus", "DELETE_FAILED")
		setText(event, "ResourceStatusReason", why)
		setText(complete, "ResourceStatusReason", "Update successful. One or more resources could not be deleted.")
		setText(started, "ResourceStatus", "DELETE_IN_PROGRESS")
		setText(started, "EventId", text(event, "EventId")+"-started")
		setText(cleanup, "ResourceStatus", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
		setText(cleanup, "EventId", text(event, "EventId")+"-cleanup")
		event.Parent().InsertChildAt(event.Index()+1, started)
		event.Parent().InsertChildAt(event.Index()+2, cleanup)
		changed = true
	}
	return changed
}

// sentTemplate returns the template of a call, from its body or from S3. It returns "" for a call
// without a template, which keeps the stack's.
func sentTemplate(c *call, next handler) (string, error) {
	address, err := url.Parse(c.parameter("TemplateURL"))
	if err != nil || address.Host == "" {
		return c.parameter("TemplateBody"), nil
	}
	path := address.Path
	if bucket, _, inHost := strings.Cut(address.Host, ".s3"); inHost {
		path = "/" + bucket + path
	}
	get := c.newCall("s3:GetObject", nil)
	get.protocol, get.body = restXML, nil
	get.request.Method, get.request.URL = http.MethodGet, &url.URL{Path: path}
	get.request.Header.Del("Content-Type")
	a, err := next(get)
	if err != nil || a.status != http.StatusOK {
		return "", err
	}
	return string(a.body), nil
}

// withTemplate returns the same call with another template.
func (c *call) withTemplate(body string) *call {
	form, _ := url.ParseQuery(string(c.body)) // the readable part of a broken form is enough
	form.Del("TemplateURL")
	form.Set("TemplateBody", body)
	changed := *c
	changed.body = []byte(form.Encode())
	return &changed
}
