package faults

import (
	"net/http"
	"path"
	"regexp"
	"strings"
)

// protocol is the wire format of a service's requests and errors:
// https://smithy.io/2.0/aws/protocols/index.html
type protocol int

const (
	jsonRPC  protocol = iota // Step Functions, CloudWatch Logs, Systems Manager
	query                    // CloudFormation, IAM, SNS, STS
	restJSON                 // Lambda
	restXML                  // S3
	rpcCBOR                  // CloudWatch
)

// identify determines a request's service, operation and protocol. It names an unknown operation by
// its method and path, so that the operation appears in the counts.
func identify(r *http.Request, body []byte) *call {
	c := &call{request: r, body: body, protocol: restJSON}
	service, action := signingService(r), ""
	switch target := r.Header.Get("X-Amz-Target"); {
	case target != "":
		c.protocol = jsonRPC
		_, action, _ = strings.Cut(target, ".") // for example AWSStepFunctions.ListExecutions
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		c.protocol = query
		action = c.parameter("Action")
	case r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor":
		c.protocol, action = rpcCBOR, path.Base(r.URL.Path) // /service/NAME/operation/ACTION
	case service == "lambda":
		action = lambdaAction(r)
	case service == "s3":
		c.protocol, action = restXML, s3Action(r)
	}
	if action == "" {
		action = r.Method + " " + r.URL.Path
	}
	c.operation = service + ":" + action
	return c
}

// signingService returns the service in the signature's credential scope, by the name that IAM
// policies use.
func signingService(r *http.Request) string {
	switch service := credentialScope(r)[3]; service {
	case "":
		return "unsigned"
	case "monitoring":
		return "cloudwatch"
	default:
		return service
	}
}

// credentialScope returns the signature's access key, date, region, service and "aws4_request". It
// returns empty strings for an unsigned request:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
func credentialScope(r *http.Request) []string {
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	credential, _, _ = strings.Cut(credential, ",")
	if scope := strings.Split(credential, "/"); len(scope) == 5 {
		return scope
	}
	return make([]string, 5)
}

// lambdaRoutes lists the Lambda operations that deployments, hotswap deployments and teardowns use:
// https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
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
	{http.MethodPost, regexp.MustCompile(`/functions/[^/]+/invocations$`), "Invoke"},
	{http.MethodGet, regexp.MustCompile(`/event-source-mappings/?$`), "ListEventSourceMappings"},
}

func lambdaAction(r *http.Request) string {
	for _, route := range lambdaRoutes {
		if r.Method == route.method && route.path.MatchString(r.URL.Path) {
			return route.action
		}
	}
	return ""
}

// bucketActions holds bucket operations, by HTTP method and query parameter.
var bucketActions = map[string]string{
	"GET location":   "GetBucketLocation",
	"GET encryption": "GetBucketEncryption",
	"GET versioning": "GetBucketVersioning",
	"GET list-type":  "ListObjectsV2",
	"GET versions":   "ListObjectVersions",
}

// s3Action returns the S3 operation of a path-style request. SDKs send path-style requests to
// endpoints with an IP address.
func s3Action(r *http.Request) string {
	parameters := r.URL.Query()
	if id := parameters.Get("x-id"); id != "" { // SDKs add x-id if the path does not identify the operation
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
	return map[string]string{
		http.MethodHead: "HeadObject",
		http.MethodGet:  "GetObject",
		http.MethodPut:  "PutObject",
	}[r.Method]
}
