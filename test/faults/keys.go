package faults

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
)

// ExpiredCredentials rejects the nth call of an operation, and all later calls of any operation, as
// if they were signed with expired credentials.
func ExpiredCredentials(operation string, n int) Behavior {
	return Behavior{Name: "expired credentials", layer: refusalLayer,
		Source: "https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html and " +
			"https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html",
		newMiddleware: func(context.Context, *Proxy) middleware {
			var seen atomic.Int32
			return func(c *call, next handler) (*response, error) {
				if c.operation == operation {
					seen.Add(1)
				}
				if int(seen.Load()) < n {
					return next(c)
				}
				const message = "The security token included in the request is expired"
				return keyErrorResponse(c, message, "ExpiredToken", "ExpiredTokenException"), nil
			}
		}}
}

// RegionNotEnabled rejects every call in a region as if the account had not enabled the region. IAM
// calls still succeed, because IAM is global, even if they are signed for this region.
func RegionNotEnabled(region string) Behavior {
	return Behavior{Name: "region not enabled", layer: refusalLayer,
		Source: "https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html and " +
			"https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html",
		newMiddleware: func(context.Context, *Proxy) middleware {
			return func(c *call, next handler) (*response, error) {
				if c.region() != region || strings.HasPrefix(c.operation, "iam:") {
					return next(c)
				}
				const message = "The security token included in the request is invalid."
				return keyErrorResponse(c, message, "InvalidClientTokenId", "UnrecognizedClientException"), nil
			}
		}}
}

// keyErrorResponse builds the error for a rejected access key. code is the error code for query and
// S3 calls. jsonCode is the error code for all other calls.
func keyErrorResponse(c *call, message, code, jsonCode string) *response {
	if c.protocol != query && c.protocol != restXML {
		code = jsonCode
	}
	return errorResponse(c, http.StatusForbidden, code, message)
}
