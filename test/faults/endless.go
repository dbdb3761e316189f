package faults

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/aws/smithy-go/encoding/cbor"
)

// EndlessPages adds a token to every page of an operation's list. The token leads to another page
// with the same entries. If same is set, all pages have the same token. Otherwise each page has a
// new token.
func EndlessPages(operation string, same bool) Behavior {
	return Behavior{Name: "endless pages of " + operation, layer: refusalLayer,
		Source: "https://github.com/boto/botocore/issues/3778 and https://github.com/aws/aws-cli/issues/3022",
		newMiddleware: func(context.Context, *Proxy) middleware {
			var mu sync.Mutex
			pages := map[string]*response{} // by token
			return func(c *call, next handler) (*response, error) {
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
					token = fmt.Sprintf("endless-%d", c.number)
				}
				mu.Lock()
				pages[token] = page
				mu.Unlock()
				return page.withToken(c, token), nil
			}
		}}
}

// endlessToken matches the tokens that EndlessPages adds. The endpoint does not know these tokens.
var endlessToken = regexp.MustCompile(`endless-(again|\d+)`)

// withToken returns a copy of the page with a token for the next page.
func (resp *response) withToken(c *call, token string) *response {
	service, _, _ := strings.Cut(c.operation, ":")
	switch c.protocol {
	case jsonRPC:
		name := "nextToken"
		if service == "events" || service == "ssm" {
			name = "NextToken"
		}
		return resp.withMember(name, quoteJSON(token))
	case restJSON:
		return resp.withMember("NextMarker", quoteJSON(token))
	case rpcCBOR:
		page, err := cbor.Decode(resp.body)
		if members, isMap := page.(cbor.Map); err == nil && isMap {
			members["NextToken"] = cbor.String(token)
			return resp.withBody(cbor.Encode(members))
		}
		return resp
	}
	document := resp.document()
	if document == nil {
		return resp
	}
	switch result := document.Root(); {
	case c.protocol == restXML:
		setChildText(result, "IsTruncated", "true")
		setChildText(result, map[string]string{"s3:ListObjectsV2": "NextContinuationToken",
			"s3:ListObjectVersions": "NextKeyMarker"}[c.operation], token)
	case service == "iam":
		setChildText(result.ChildElements()[0], "IsTruncated", "true")
		setChildText(result.ChildElements()[0], "Marker", token)
	default:
		setChildText(result.ChildElements()[0], "NextToken", token)
	}
	return resp.withDocument(document)
}
