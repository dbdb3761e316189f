package faults

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/tidwall/gjson"
)

// call is a request to an AWS service.
type call struct {
	operation string // for example "states:ListExecutions"
	protocol  protocol
	number    int // 1 for the first call of the operation, 2 for the second, …
	request   *http.Request
	body      []byte
	account   string // the caller's account ID; only set if the proxy has behaviors
}

// parameter returns a parameter of a query or JSON call, or "" if the parameter is missing.
func (c *call) parameter(name string) string {
	if c.protocol == query {
		form, _ := url.ParseQuery(string(c.body)) // an invalid form still returns its valid pairs
		return form.Get(name)
	}
	return gjson.GetBytes(c.body, name).String()
}

// region returns the region in the signature's credential scope.
func (c *call) region() string { return credentialScope(c.request)[2] }

// accountRegion returns a map key for the caller's account and region.
func (c *call) accountRegion() string { return c.account + "/" + c.region() }

// targetPrefixes holds the part of X-Amz-Target before the action, by JSON service.
var targetPrefixes = map[string]string{"states": "AWSStepFunctions.", "logs": "Logs_20140328."}

// apiVersions holds the API versions of query services.
var apiVersions = map[string]string{"cloudformation": "2010-05-15", "iam": "2010-05-08", "sts": "2011-06-15"}

// derive builds a call to another operation with the same credentials. It replaces the service in
// the credential scope but does not sign the call again. Test endpoints do not check signatures.
func (c *call) derive(operation string, parameters map[string]string) *call {
	service, action, _ := strings.Cut(operation, ":")
	r := c.request.Clone(context.WithoutCancel(c.request.Context()))
	r.Method, r.URL = http.MethodPost, &url.URL{Path: "/"}
	oldScope := "/" + credentialScope(c.request)[3] + "/aws4_request"
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), oldScope, "/"+service+"/aws4_request", 1))
	derived := &call{operation: operation, request: r, account: c.account}
	if target, ok := targetPrefixes[service]; ok {
		derived.protocol = jsonRPC
		r.Header.Set("X-Amz-Target", target+action)
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		derived.body, _ = json.Marshal(parameters) // strings always marshal
		return derived
	}
	derived.protocol = query
	r.Header.Del("X-Amz-Target")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	form := url.Values{"Action": {action}, "Version": {apiVersions[service]}}
	for name, value := range parameters {
		form.Set(name, value)
	}
	derived.body = []byte(form.Encode())
	return derived
}
