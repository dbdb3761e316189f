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

// UnreadableError reports a response with a body that the protocol of the call does not allow. The
// SDK would decode some of these bodies: it takes an empty body for an empty list.
type UnreadableError struct {
	Service, Operation string // the SDK's names, for example "CloudWatch Logs" and "DescribeLogGroups"
	Status             int    // HTTP status
	ContentType        string // Content-Type header of the response
	Reason             string // describes the response, for example "an empty response" or "an HTML page"
	Err                error  // error from reading the body, or nil
}

func (e *UnreadableError) Error() string {
	text := Action(e.Service, e.Operation) + " got " + e.Reason
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

// Unwrap returns the error from reading the body, or nil.
func (e *UnreadableError) Unwrap() error { return e.Err }

// RetryableError tells the SDK's retryer whether to retry the call. If a proxy rejects requests or
// requires a login, a retry would fail too.
func (e *UnreadableError) RetryableError() bool {
	return e.Err != nil || e.Status < 300 || e.Status > 499 || e.Status == http.StatusTooManyRequests
}

// RequireReadable makes clients return an *UnreadableError for an unreadable response. Add it to
// the APIOptions of an aws.Config.
func RequireReadable(stack *middleware.Stack) error {
	if _, found := stack.Deserialize.Get("OperationDeserializer"); !found {
		return nil // the call is to EC2's metadata service, which is not an AWS API
	}
	// Steps handle the response in reverse order. This step directly follows OperationDeserializer,
	// so it gets the decompressed response before OperationDeserializer does.
	return stack.Deserialize.Insert(middleware.DeserializeMiddlewareFunc("RequireReadable", requireReadable),
		"OperationDeserializer", middleware.After)
}

func requireReadable(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	out middleware.DeserializeOutput, metadata middleware.Metadata, err error,
) {
	out, metadata, err = next.HandleDeserialize(ctx, in)
	request, isHTTP := in.Request.(*smithyhttp.Request)
	response, hasResponse := out.RawResponse.(*smithyhttp.Response)
	if err != nil || !isHTTP || !hasResponse {
		return out, metadata, err
	}
	check := failureCheck(ctx, response)
	if response.StatusCode >= 200 && response.StatusCode <= 299 {
		check = successCheck(request, middleware.GetServiceID(ctx), middleware.GetOperationName(ctx))
	}
	if check == nil {
		return out, metadata, nil
	}
	unreadable := &UnreadableError{Service: middleware.GetServiceID(ctx), Operation: middleware.GetOperationName(ctx),
		Status: response.StatusCode, ContentType: response.Header.Get("Content-Type")}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		unreadable.Reason, unreadable.Err = "an incomplete response", err
		return out, metadata, unreadable
	}
	if unreadable.Reason = check(body); unreadable.Reason != "" {
		return out, metadata, unreadable
	}
	// Close the body, so that the next call can use the connection.
	err = response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	return out, metadata, err
}

// successCheck returns the check for a successful response of an operation, or nil if the operation
// has no result to check, or if it returns an S3 object. The check describes what is wrong with a
// body. For a readable body, it returns "".
func successCheck(request *smithyhttp.Request, service, operation string) func(body []byte) string {
	isRead := strings.HasPrefix(operation, "Describe") || strings.HasPrefix(operation, "List") ||
		strings.HasPrefix(operation, "Get")
	if !isRead {
		return nil
	}
	// https://smithy.io/2.0/aws/protocols/index.html
	switch contentType := request.Header.Get("Content-Type"); {
	case service == "S3":
		root, isList := s3Roots[operation]
		if !isList {
			return nil // the body of GetObject is the object
		}
		return func(body []byte) string { return describeFault(body, xmlFault(body, root)) }
	case contentType == "application/x-www-form-urlencoded":
		return func(body []byte) string {
			return describeFault(body, xmlFault(body, operation+"Response", operation+"Result"))
		}
	case request.Header.Get("Smithy-Protocol") == "rpc-v2-cbor":
		return func(body []byte) string { return describeFault(body, cborFault(body)) }
	default:
		return func(body []byte) string { return describeFault(body, jsonFault(body)) }
	}
}

// s3Roots maps S3's list operations to the root elements of their responses:
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html#API_ListObjectVersions_ResponseSyntax
var s3Roots = map[string]string{"ListObjectVersions": "ListVersionsResult"}

// describeFault replaces the description of a fault if the body is empty or an HTML page.
func describeFault(body []byte, fault string) string {
	switch {
	case fault == "":
		return ""
	case len(bytes.TrimSpace(body)) == 0:
		return "an empty response"
	case isHTML(body):
		return "an HTML page"
	default:
		return fault
	}
}

// failureCheck returns the check for an error response. The body can have any format except HTML.
// An empty body is valid only if the headers contain an error code, or if the response is from S3.
// For S3, the SDK takes the error from the status.
func failureCheck(ctx context.Context, response *smithyhttp.Response) func(body []byte) string {
	mayBeEmpty := response.Header.Get("X-Amzn-Errortype") != "" || middleware.GetServiceID(ctx) == "S3"
	return func(body []byte) string {
		switch {
		case isHTML(body):
			return "an HTML page"
		case len(body) == 0 && !mayBeEmpty:
			return "an empty response"
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

// cborFault checks only that the body is a map, because the SDK's decoder checks the content. A map
// has the major type 5:
// https://www.rfc-editor.org/rfc/rfc8949.html#name-major-types
func cborFault(body []byte) string {
	if len(body) == 0 || body[0]>>5 != 5 {
		return "CBOR that is not a map"
	}
	return ""
}

// xmlFault checks that the body is one complete document. elements names the root element, and
// optionally an element that the root element must contain.
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
