package faults

import (
	"net/http"
	"path"
	"regexp"
	"strings"
)

// protocol is the form of a service's calls and errors:
// https://smithy.io/2.0/aws/protocols/index.html
type protocol int

const (
	jsonRPC  protocol = iota // Step Functions, CloudWatch Logs, Systems Manager
	query                    // CloudFormation, IAM, SNS, STS
	restJSON                 // Lambda
	restXML                  // S3
	rpcCBOR                  // CloudWatch
)

// identify determines the operation of a request. An unknown operation gets its method and path as
// a name, so that it appears in the counts.
func identify(r *http.Request, body []byte) *call {
	c := &call{request: r, body: body, protocol: restJSON}
	service, action := signedFor(r), ""
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

// signedFor returns the service in the credential scope of the signature, as policies name it.
func signedFor(r *http.Request) string {
	switch service := scopeOf(r)[3]; service {
	case "":
		return "unsigned"
	case "monitoring":
		return "cloudwatch"
	default:
		return service
	}
}

// scopeOf returns the parts of the signature's credential: key, day, region, service and
// aws4_request. They are empty without a signature:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
func scopeOf(r *http.Request) []string {
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	credential, _, _ = strings.Cut(credential, ",")
	if scope := strings.Split(credential, "/"); len(scope) == 5 {
		return scope
	}
	return make([]string, 5)
}

// lambdaRoutes lists the operations that a deployment, its hotswap and its teardown use:
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

// bucketActions holds the actions on a bucket, by the method and the query that identify them.
var bucketActions = map[string]string{
	"GET location":   "GetBucketLocation",
	"GET encryption": "GetBucketEncryption",
	"GET versioning": "GetBucketVersioning",
	"GET list-type":  "ListObjectsV2",
	"GET versions":   "ListObjectVersions",
}

// s3Action returns the operation of a path that begins with the bucket. SDKs send such paths to an
// endpoint that is an IP address.
func s3Action(r *http.Request) string {
	parameters := r.URL.Query()
	if id := parameters.Get("x-id"); id != "" { // SDKs add it if the path alone is ambiguous
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
