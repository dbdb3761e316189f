package awsstub

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"
)

// FailNthCall returns a copy of cfg that runs a function just before the nth call, counted from 1.
// If the function returns an error, the call fails with this error and the SDK does not retry it.
// reached reports whether the nth call was made.
func FailNthCall(cfg aws.Config, n int, beforeCall func() error) (failing aws.Config, reached func() bool) {
	calls := 0
	failing = cfg.Copy()
	failing.APIOptions = append(slices.Clip(failing.APIOptions),
		func(stack *middleware.Stack) error {
			return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("Failing",
				func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
					out middleware.InitializeOutput, metadata middleware.Metadata, err error) {
					if calls++; calls == n {
						if err := beforeCall(); err != nil {
							return out, metadata, err
						}
					}
					return next.HandleInitialize(ctx, in)
				}), middleware.Before)
		})
	return failing, func() bool { return calls >= n }
}
