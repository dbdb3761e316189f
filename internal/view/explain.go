package view

import (
	"errors"
	"strings"

	"github.com/aws/smithy-go"

	"retrycatch/internal/problem"
	"retrycatch/internal/session"
)

// Explanation returns what an error says to a person. It leaves out which request AWS refused if
// the access to AWS is the reason: every other request would fail too.
func Explanation(err error) string {
	if p, ok := err.(*problem.Problem); ok && p.Err != nil {
		return p.What + ": " + Explanation(p.Err)
	}
	return session.Explain(err).Error()
}

// Reason returns why one of several parts could not be read. Unlike Explanation, it says which
// request failed.
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
