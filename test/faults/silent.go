package faults

import (
	"context"
	"slices"
	"strings"
)

// NeverAnswers keeps the connection of an operation's nth call open without an answer, until the
// caller gives up or the test ends. The endpoint does not see the call. The operation can be a
// pattern such as "logs:*". If nth is 0, no call of the operation gets an answer.
func NeverAnswers(operation string, nth int) Manner {
	return Manner{Name: "never answers " + operation, layer: refusals, Source: readTimeouts,
		start: func(ctx context.Context, _ *Proxy) middleware {
			return func(c *call, next handler) (*answer, error) {
				if !c.is(operation, nth) {
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

// StalledBody sends the headers and half of the body of an answer, and keeps the connection open.
// The endpoint carries out the call. NeverAnswers has the same parameters.
func StalledBody(operation string, nth int) Manner {
	return Manner{Name: "stalled body of " + operation, layer: refusals, Source: readTimeouts,
		start: func(ctx context.Context, _ *Proxy) middleware {
			return func(c *call, next handler) (*answer, error) {
				whole, err := next(c)
				if err != nil || !c.is(operation, nth) {
					return whole, err
				}
				stalled := whole.with(whole.body)
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

// is reports whether this is the nth call of an operation, or any of its calls if nth is 0.
func (c *call) is(operation string, nth int) bool {
	return covers(operation, c.operation) && (nth == 0 || c.n == nth)
}

// EmptyBody makes operations answer with status 200 and an empty body. The endpoint still carries
// out the calls.
func EmptyBody(operations ...string) Manner {
	return body("empty body of ", "https://github.com/aws/aws-sdk-go/issues/2549 (IAM, April 2019)", "", "", operations)
}

// HTMLBody makes operations answer with status 200 and an HTML page, like a captive portal.
func HTMLBody(operations ...string) Manner {
	const page = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><p>Sign in</body></html>"
	const source = "https://www.rfc-editor.org/rfc/rfc8910.html (captive portals)"
	return body("HTML body of ", source, "text/html", page, operations)
}

func body(name, source, contentType, text string, operations []string) Manner {
	return Manner{Name: name + strings.Join(operations, ", "), Source: source, layer: refusals,
		start: func(context.Context, *Proxy) middleware {
			return func(c *call, next handler) (*answer, error) {
				if !slices.ContainsFunc(operations, func(pattern string) bool { return covers(pattern, c.operation) }) {
					return next(c)
				}
				if _, err := next(c); err != nil {
					return nil, err
				}
				return accept(contentType, text), nil
			}
		}}
}
