package aws

import (
	"regexp"
	"strings"
)

// Redaction lists texts that a summary must not contain.
type Redaction struct {
	Account string
	Caller  string   // the caller's ARN, which may end with a person's name or e-mail address
	Secrets []string // such as keys and tokens
}

// privatePatterns matches private data in any text: ARNs, account IDs, access key IDs, home
// folders, and signatures in URLs.
var privatePatterns = []struct {
	pattern     *regexp.Regexp
	replacement string
}{
	{regexp.MustCompile(`arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:[0-9]{12}:`), "arn:…:"},
	{regexp.MustCompile(`\b[0-9]{12}\b`), "ACCOUNT"},
	{regexp.MustCompile(`\b(AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b`), "KEY"},
	{regexp.MustCompile(`X-Amz-(Signature|Security-Token|Credential)=[^&\s]*`), "X-Amz-…"},
	{regexp.MustCompile(`/(home|Users)/[^/\s]+`), "~"},
}

// Apply replaces the private data in a text.
func (r Redaction) Apply(text string) string {
	for _, secret := range append([]string{r.Caller, r.Caller[strings.LastIndex(r.Caller, "/")+1:]}, r.Secrets...) {
		if len(secret) > 3 { // a shorter secret would match ordinary words
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	for _, p := range privatePatterns {
		text = p.pattern.ReplaceAllString(text, p.replacement)
	}
	if r.Account != "" { // also replace it inside a longer word
		text = strings.ReplaceAll(text, r.Account, "ACCOUNT")
	}
	return text
}
