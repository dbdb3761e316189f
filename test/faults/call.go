package faults

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/tidwall/gjson"
)

// call is a request and its operation.
type call struct {
	operation string // for example "states:ListExecutions"
	protocol  protocol
	n         int // counts the calls of this operation, from 1
	request   *http.Request
	body      []byte
	account   string // the number of the calling account; only set if manners are switched on
}

// parameter returns a parameter of a query or JSON call, or "" if the call does not have it.
func (c *call) parameter(name string) string {
	if c.protocol == query {
		form, _ := url.ParseQuery(string(c.body)) // the readable part of a broken form is enough
		return form.Get(name)
	}
	return gjson.GetBytes(c.body, name).String()
}

// region returns the region in the scope of the signature.
func (c *call) region() string { return scopeOf(c.request)[2] }

// location returns a key for the account and region, so that a manner has a state for each.
func (c *call) location() string { return c.account + "/" + c.region() }

// targets holds the prefix of the action's name in the header X-Amz-Target of JSON services.
var targets = map[string]string{"states": "AWSStepFunctions.", "logs": "Logs_20140328."}

// versions holds the API versions of the services with the query protocol.
var versions = map[string]string{"cloudformation": "2010-05-15", "iam": "2010-05-08", "sts": "2011-06-15"}

// newCall builds another call of the same caller. It has the same headers, except for the service
// in the scope of the signature. The signature itself is wrong for the new call, but the endpoints
// of tests read only the scope.
func (c *call) newCall(operation string, parameters map[string]string) *call {
	service, action, _ := strings.Cut(operation, ":")
	r := c.request.Clone(context.WithoutCancel(c.request.Context()))
	r.Method, r.URL = http.MethodPost, &url.URL{Path: "/"}
	old := "/" + scopeOf(c.request)[3] + "/aws4_request"
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, "/"+service+"/aws4_request", 1))
	made := &call{operation: operation, request: r, account: c.account}
	if target, ok := targets[service]; ok {
		made.protocol = jsonRPC
		r.Header.Set("X-Amz-Target", target+action)
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		made.body, _ = json.Marshal(parameters) // strings always marshal
		return made
	}
	made.protocol = query
	r.Header.Del("X-Amz-Target")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	form := url.Values{"Action": {action}, "Version": {versions[service]}}
	for name, value := range parameters {
		form.Set(name, value)
	}
	made.body = []byte(form.Encode())
	return made
}
