package session

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// UnreadableError reports that a call was answered with a body that its protocol does not allow: an
// HTML page, or any such body in the successful answer to a reading call. The SDK would decode an
// empty body as an empty list.
type UnreadableError struct {
	Service, Operation string // by the SDK's names, for example "CloudWatch Logs" and "DescribeLogGroups"
	Status             int    // the HTTP status
	ContentType        string // of the body, as the endpoint gives it
	Reason             string // names the body, for example "an empty answer" or "an HTML page"
	Err                error  // why the body could not be read to its end, or nil
}

func (e *UnreadableError) Error() string {
	text := fmt.Sprintf("%s of %s got %s", e.Operation, e.Service, e.Reason)
	switch {
	case e.Status > 299:
		text += fmt.Sprintf(" (status %d)", e.Status)
	case e.ContentType != "":
		text += " (Content-Type " + e.ContentType + ")"
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the error of reading, or nil.
func (e *UnreadableError) Unwrap() error { return e.Err }

// RetryableError tells the SDK's retryer to retry the call, as after a server error. A retry does
// not help against a proxy that refuses requests or requires a login.
func (e *UnreadableError) RetryableError() bool {
	return e.Err != nil || e.Status < 300 || e.Status > 499 || e.Status == http.StatusTooManyRequests
}

// RequireReadable makes every client of a configuration return an *UnreadableError for an
// unreadable answer to a reading call. Add it to the APIOptions of an aws.Config.
func RequireReadable(stack *middleware.Stack) error {
	if _, found := stack.Deserialize.Get("OperationDeserializer"); !found {
		return nil // EC2's metadata service, which is no AWS API
	}
	// The steps after the SDK's deserializer see the answer before it does. This step is nearest to
	// it, so that the step that unpacks gzip comes first.
	return stack.Deserialize.Insert(middleware.DeserializeMiddlewareFunc("RequireReadable", requireReadable),
		"OperationDeserializer", middleware.After)
}

func requireReadable(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	out middleware.DeserializeOutput, metadata middleware.Metadata, err error,
) {
	out, metadata, err = next.HandleDeserialize(ctx, in)
	request, isHTTP := in.Request.(*smithyhttp.Request)
	response, answered := out.RawResponse.(*smithyhttp.Response)
	if err != nil || !isHTTP || !answered {
		return out, metadata, err
	}
	fault := nameFailure(ctx, request, response)
	if response.StatusCode >= 200 && response.StatusCode <= 299 {
		fault = findFault(request, middleware.GetServiceID(ctx), middleware.GetOperationName(ctx))
	}
	if fault == nil {
		return out, metadata, nil
	}
	unreadable := &UnreadableError{Service: middleware.GetServiceID(ctx), Operation: middleware.GetOperationName(ctx),
		Status: response.StatusCode, ContentType: response.Header.Get("Content-Type")}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		unreadable.Reason, unreadable.Err = "an incomplete answer", err
		return out, metadata, unreadable
	}
	if unreadable.Reason = fault(body); unreadable.Reason != "" {
		return out, metadata, unreadable
	}
	// The connection is free for the next call once its body is closed.
	err = response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	return out, metadata, err
}

// findFault returns the check for the answers of an operation, or nil for an operation without a
// check. The check names the fault of a body, or returns "" for a readable answer.
func findFault(request *smithyhttp.Request, service, operation string) func(body []byte) string {
	reads := strings.HasPrefix(operation, "Describe") || strings.HasPrefix(operation, "List") ||
		strings.HasPrefix(operation, "Get")
	if !reads {
		return nil
	}
	// https://smithy.io/2.0/aws/protocols/index.html
	switch contentType := request.Header.Get("Content-Type"); {
	case service == "S3":
		root, lists := rootsOfS3[operation]
		if !lists {
			return nil // GetObject's body is the object
		}
		return func(body []byte) string { return nameFault(body, xmlFault(body, root)) }
	case contentType == "application/x-www-form-urlencoded":
		return func(body []byte) string {
			return nameFault(body, xmlFault(body, operation+"Response", operation+"Result"))
		}
	case request.Header.Get("Smithy-Protocol") == "rpc-v2-cbor":
		return func(body []byte) string { return nameFault(body, cborFault(body)) }
	default:
		return func(body []byte) string { return nameFault(body, jsonFault(body)) }
	}
}

// rootsOfS3 holds the root elements of the S3 lists that decide whether something exists:
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html#API_ListObjectVersions_ResponseSyntax
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html#API_ListObjectsV2_ResponseSyntax
var rootsOfS3 = map[string]string{"ListObjectVersions": "ListVersionsResult", "ListObjectsV2": "ListBucketResult"}

// nameFault replaces a fault by a plainer name for an empty body or an HTML page.
func nameFault(body []byte, fault string) string {
	switch {
	case fault == "":
		return ""
	case len(bytes.TrimSpace(body)) == 0:
		return "an empty answer"
	case isHTML(body):
		return "an HTML page"
	default:
		return fault
	}
}

// nameFailure returns the check for the body of a failed call, which may be in any format. An empty
// body is valid only if the request is a HEAD, if the header names the error, or from S3: its
// client takes the error from the status.
func nameFailure(
	ctx context.Context,
	request *smithyhttp.Request,
	response *smithyhttp.Response,
) func(body []byte) string {
	named := request.Method == http.MethodHead || response.Header.Get("X-Amzn-Errortype") != "" ||
		middleware.GetServiceID(ctx) == "S3"
	return func(body []byte) string {
		switch {
		case isHTML(body):
			return "an HTML page"
		case len(body) == 0 && !named:
			return "an empty answer"
		}
		return ""
	}
}

func isHTML(body []byte) bool { return strings.HasPrefix(http.DetectContentType(body), "text/html") }

func jsonFault(body []byte) string {
	if !json.Valid(body) {
		return "invalid JSON"
	}
	if !bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		return "JSON that is not an object"
	}
	return ""
}

// cborFault requires a map, which is major type 5, and leaves the rest to the SDK's decoder:
// https://www.rfc-editor.org/rfc/rfc8949.html#name-major-types
func cborFault(body []byte) string {
	if len(body) == 0 || body[0]>>5 != 5 {
		return "CBOR that is not a map"
	}
	return ""
}

// xmlFault requires one whole document with these outermost elements, from the root inward.
func xmlFault(body []byte, elements ...string) string {
	decoder := xml.NewDecoder(bytes.NewReader(body))
	depth := 0
	missing := elements
	for {
		token, err := decoder.Token()
		switch {
		case errors.Is(err, io.EOF) && len(missing) == 0:
			return ""
		case errors.Is(err, io.EOF):
			return "XML without the element " + missing[0]
		case err != nil:
			return "invalid XML"
		}
		switch element := token.(type) {
		case xml.StartElement:
			if len(missing) > 0 && depth == len(elements)-len(missing) && element.Name.Local == missing[0] {
				missing = missing[1:]
			}
			depth++
		case xml.EndElement:
			depth--
		}
	}
}
