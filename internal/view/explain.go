package view

import (
	"errors"
	"strings"

	"github.com/aws/smithy-go"

	"retrycatch/internal/problem"
	"retrycatch/internal/session"
)

// Explanation returns the text of an error for people. If the access to AWS is the reason, the text
// does not name the failed request: every other request would fail too.
func Explanation(err error) string {
	if p, ok := err.(*problem.Problem); ok && p.Err != nil {
		return p.What + ": " + Explanation(p.Err)
	}
	return session.Explain(err).Error()
}

// Reason returns the text of an error about one of several parts. Unlike Explanation, it always
// names the failed request.
func Reason(err error) string {
	explained := session.Explain(err)
	call := (*smithy.OperationError)(nil)
	if explained == err || !errors.As(err, &call) {
		return err.Error()
	}
	about, ends := strings.CutSuffix(err.Error(), call.Error())
	if !ends {
		return explained.Error()
	}
	return about + explained.Error()
}
