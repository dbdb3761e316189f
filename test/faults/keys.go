package faults

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
)

// ExpiredAfter makes every call fail with expired credentials, beginning with the nth call of an
// operation.
func ExpiredAfter(operation string, n int) Manner {
	return Manner{Name: "expired credentials", layer: refusals,
		Source: "https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html and " +
			"https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html",
		start: func(context.Context, *Proxy) middleware {
			var seen atomic.Int32
			return func(c *call, next handler) (*answer, error) {
				if c.operation == operation {
					seen.Add(1)
				}
				if int(seen.Load()) < n {
					return next(c)
				}
				const message = "The security token included in the request is expired"
				return refuseKey(c, message, "ExpiredToken", "ExpiredTokenException"), nil
			}
		}}
}

// RegionNotEnabled makes every call in a region fail as if the region were not enabled. IAM still
// answers: it is global, although tests sign its calls for the region.
func RegionNotEnabled(region string) Manner {
	return Manner{Name: "region not enabled", layer: refusals,
		Source: "https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html and " +
			"https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html",
		start: func(context.Context, *Proxy) middleware {
			return func(c *call, next handler) (*answer, error) {
				if c.region() != region || strings.HasPrefix(c.operation, "iam:") {
					return next(c)
				}
				const message = "The security token included in the request is invalid."
				return refuseKey(c, message, "InvalidClientTokenId", "UnrecognizedClientException"), nil
			}
		}}
}

// refuseKey builds the answer to a rejected key. JSON services answer with a code of their own.
func refuseKey(c *call, message, code, codeInJSON string) *answer {
	if c.protocol != query && c.protocol != restXML {
		code = codeInJSON
	}
	return refuse(c, http.StatusForbidden, code, message)
}
