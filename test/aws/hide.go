package aws

import (
	"regexp"
	"strings"
)

// Hide lists the texts that a summary must not contain.
type Hide struct {
	Account string
	Caller  string   // the ARN of the identity, whose last part may be a person's name or address
	Secrets []string // such as keys and tokens
}

// private matches data of an account or a person in any text: ARNs and numbers of accounts, IDs of
// access keys, signatures in addresses, and users' folders.
var private = []struct {
	pattern     *regexp.Regexp
	replacement string
}{
	{regexp.MustCompile(`arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:[0-9]{12}:`), "arn:…:"},
	{regexp.MustCompile(`\b[0-9]{12}\b`), "ACCOUNT"},
	{regexp.MustCompile(`\b(AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b`), "KEY"},
	{regexp.MustCompile(`X-Amz-(Signature|Security-Token|Credential)=[^&\s]*`), "X-Amz-…"},
	{regexp.MustCompile(`/(home|Users)/[^/\s]+`), "~"},
}

// From removes private data from a text.
func (h Hide) From(text string) string {
	for _, secret := range append([]string{h.Caller, h.Caller[strings.LastIndex(h.Caller, "/")+1:]}, h.Secrets...) {
		if len(secret) > 3 { // a shorter one would match words
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	for _, p := range private {
		text = p.pattern.ReplaceAllString(text, p.replacement)
	}
	if h.Account != "" { // also within a longer word
		text = strings.ReplaceAll(text, h.Account, "ACCOUNT")
	}
	return text
}
