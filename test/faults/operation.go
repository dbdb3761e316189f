package faults

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// protocol is the form in which a service takes calls and tells of errors:
// https://smithy.io/2.0/aws/protocols/index.html
type protocol int

const (
	jsonRPC  protocol = iota // Step Functions, CloudWatch Logs, Systems Manager
	query                    // CloudFormation, CloudWatch, IAM, SNS, STS
	restJSON                 // Lambda
	restXML                  // S3
)

// call is a request as AWS's documentation names it.
type call struct {
	operation string // for example "states:ListExecutions"
	protocol  protocol
}

// identify finds out what a request asks for. One that it does not know gets its method and path for a name, so that it is
// seen in the counts.
func identify(r *http.Request, body []byte) call {
	service := signedFor(r)
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		_, action, _ := strings.Cut(target, ".") // for example AWSStepFunctions.ListExecutions
		return call{service + ":" + action, jsonRPC}
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, _ := url.ParseQuery(string(body)) // what it can read of a broken form is enough
		return call{service + ":" + form.Get("Action"), query}
	}
	protocol, action := restJSON, ""
	switch service {
	case "lambda":
		action = lambdaAction(r)
	case "s3":
		protocol, action = restXML, s3Action(r)
	}
	if action == "" {
		action = r.Method + " " + r.URL.Path
	}
	return call{service + ":" + action, protocol}
}

// signedFor is the service in the credential scope of the signature, by the prefix that its actions have in policies:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
func signedFor(r *http.Request) string {
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	scope := strings.Split(credential, "/") // key, day, region, service, aws4_request
	switch {
	case len(scope) < 5:
		return "unsigned"
	case scope[3] == "monitoring":
		return "cloudwatch"
	default:
		return scope[3]
	}
}

// lambdaRoutes are those of https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html that a deployment, its
// hotswap and its teardown use.
var lambdaRoutes = []struct {
	method string
	path   *regexp.Regexp
	action string
}{
	{http.MethodGet, regexp.MustCompile(`/functions/?$`), "ListFunctions"},
	{http.MethodGet, regexp.MustCompile(`/functions/[^/]+$`), "GetFunction"},
	{http.MethodGet, regexp.MustCompile(`/functions/[^/]+/configuration$`), "GetFunctionConfiguration"},
	{http.MethodPut, regexp.MustCompile(`/functions/[^/]+/configuration$`), "UpdateFunctionConfiguration"},
	{http.MethodPut, regexp.MustCompile(`/functions/[^/]+/code$`), "UpdateFunctionCode"},
}

func lambdaAction(r *http.Request) string {
	for _, route := range lambdaRoutes {
		if r.Method == route.method && route.path.MatchString(r.URL.Path) {
			return route.action
		}
	}
	return ""
}

// bucketActions are those of a bucket, by the method and the query that tells them apart.
var bucketActions = map[string]string{
	"GET location":   "GetBucketLocation",
	"GET encryption": "GetBucketEncryption",
	"GET versioning": "GetBucketVersioning",
	"GET list-type":  "ListObjectsV2",
	"GET versions":   "ListObjectVersions",
}

// s3Action reads paths in which the bucket is the first part: SDKs write them so for an endpoint that is a number.
func s3Action(r *http.Request) string {
	parameters := r.URL.Query()
	if id := parameters.Get("x-id"); id != "" { // the SDKs add it where the path alone does not tell
		return id
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if bucket == "" {
		return "ListBuckets"
	}
	if key == "" {
		for name := range parameters {
			if action, ok := bucketActions[r.Method+" "+name]; ok {
				return action
			}
		}
		return map[string]string{http.MethodHead: "HeadBucket"}[r.Method]
	}
	return map[string]string{http.MethodHead: "HeadObject", http.MethodGet: "GetObject", http.MethodPut: "PutObject"}[r.Method]
}
