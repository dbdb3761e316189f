package faults

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/aws/smithy-go/encoding/cbor"
)

// EndlessPages gives every page of an operation's list a token for another page with the same
// entries. The token is new on each page, unless same is set.
func EndlessPages(operation string, same bool) Manner {
	return Manner{Name: "endless pages of " + operation, layer: refusals,
		Source: "https://github.com/boto/botocore/issues/3778 and https://github.com/aws/aws-cli/issues/3022",
		start: func(context.Context, *Proxy) middleware {
			var mu sync.Mutex
			pages := map[string]*answer{} // by token
			return func(c *call, next handler) (*answer, error) {
				if c.operation != operation {
					return next(c)
				}
				mu.Lock()
				page := pages[endlessToken.FindString(c.request.URL.RawQuery+string(c.body))]
				mu.Unlock()
				if page == nil {
					var err error
					if page, err = next(c); err != nil {
						return nil, err
					}
				}
				token := "endless-again"
				if !same {
					token = fmt.Sprintf("endless-%d", c.n)
				}
				mu.Lock()
				pages[token] = page
				mu.Unlock()
				return page.withToken(c, token), nil
			}
		}}
}

// endlessToken matches the tokens of EndlessPages. The endpoint does not know them.
var endlessToken = regexp.MustCompile(`endless-(again|\d+)`)

// withToken returns the same page with a token for the next one.
func (a *answer) withToken(c *call, token string) *answer {
	service, _, _ := strings.Cut(c.operation, ":")
	switch c.protocol {
	case jsonRPC:
		name := "nextToken"
		if service == "events" || service == "ssm" {
			name = "NextToken"
		}
		return a.withMember(name, quoted(token))
	case restJSON:
		return a.withMember("NextMarker", quoted(token))
	case rpcCBOR:
		page, err := cbor.Decode(a.body)
		if members, isMap := page.(cbor.Map); err == nil && isMap {
			members["NextToken"] = cbor.String(token)
			return a.with(cbor.Encode(members))
		}
		return a
	}
	document := a.document()
	if document == nil {
		return a
	}
	switch result := document.Root(); {
	case c.protocol == restXML:
		setText(result, "IsTruncated", "true")
		setText(result, map[string]string{"s3:ListObjectsV2": "NextContinuationToken",
			"s3:ListObjectVersions": "NextKeyMarker"}[c.operation], token)
	case service == "iam":
		setText(result.ChildElements()[0], "IsTruncated", "true")
		setText(result.ChildElements()[0], "Marker", token)
	default:
		setText(result.ChildElements()[0], "NextToken", token)
	}
	return a.withDocument(document)
}
