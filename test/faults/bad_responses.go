package faults

import (
	"context"
	"slices"
	"strings"
)

// NoResponse never responds to an operation's nth call. It keeps the connection open until the
// caller gives up or the test ends. The call does not reach the endpoint. The operation can be a
// pattern such as "logs:*". If nth is 0, no call of the operation gets a response.
func NoResponse(operation string, nth int) Behavior {
	return Behavior{Name: "no response to " + operation, layer: refusalLayer, Source: readTimeouts,
		newMiddleware: func(ctx context.Context, _ *Proxy) middleware {
			return func(c *call, next handler) (*response, error) {
				if !c.matches(operation, nth) {
					return next(c)
				}
				select {
				case <-c.request.Context().Done():
					return nil, c.request.Context().Err()
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			}
		}}
}

// StalledBody sends the headers and half of a response body, then keeps the connection open. The
// call reaches the endpoint. The parameters have the same meaning as those of NoResponse.
func StalledBody(operation string, nth int) Behavior {
	return Behavior{Name: "stalled body of " + operation, layer: refusalLayer, Source: readTimeouts,
		newMiddleware: func(ctx context.Context, _ *Proxy) middleware {
			return func(c *call, next handler) (*response, error) {
				whole, err := next(c)
				if err != nil || !c.matches(operation, nth) {
					return whole, err
				}
				stalled := whole.withBody(whole.body)
				stalled.stall = func() {
					select {
					case <-c.request.Context().Done():
					case <-ctx.Done():
					}
				}
				return stalled, nil
			}
		}}
}

const readTimeouts = "https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html (read timeouts)"

// matches reports whether this is the nth call of the operation, or any call if nth is 0.
func (c *call) matches(operation string, nth int) bool {
	return matchesPattern(operation, c.operation) && (nth == 0 || c.number == nth)
}

// EmptyBody makes operations return status 200 and an empty body. The calls still reach the
// endpoint.
func EmptyBody(operations ...string) Behavior {
	const source = "https://github.com/aws/aws-sdk-go/issues/2549 (IAM, April 2019)"
	return replaceBody("empty body of ", source, "", "", operations)
}

// HTMLBody makes operations return status 200 and an HTML page, as a captive portal does. The calls
// still reach the endpoint.
func HTMLBody(operations ...string) Behavior {
	const page = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><p>Sign in</body></html>"
	const source = "https://www.rfc-editor.org/rfc/rfc8910.html (captive portals)"
	return replaceBody("HTML body of ", source, "text/html", page, operations)
}

func replaceBody(name, source, contentType, text string, operations []string) Behavior {
	return Behavior{Name: name + strings.Join(operations, ", "), Source: source, layer: refusalLayer,
		newMiddleware: func(context.Context, *Proxy) middleware {
			return func(c *call, next handler) (*response, error) {
				if !slices.ContainsFunc(operations, func(pattern string) bool { return matchesPattern(pattern, c.operation) }) {
					return next(c)
				}
				if _, err := next(c); err != nil {
					return nil, err
				}
				return okResponse(contentType, text), nil
			}
		}}
}
