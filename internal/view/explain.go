package view

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/smithy-go"

	"retrycatch/internal/problem"
	"retrycatch/internal/session"
)

// Explanation returns an error's text for the user. If access to AWS failed, the text does not name
// the request, because every request would fail.
func Explanation(err error) string {
	//nolint:errorlint // a wrapped problem must keep the text that wraps it
	if p, ok := err.(*problem.Problem); ok && p.Err != nil {
		if errors.Is(p.Err, context.Canceled) { // p.What names the interrupted operation
			return p.What
		}
		return p.What + ": " + Explanation(p.Err)
	}
	return session.Text(session.Explain(err))
}

// Reason returns the text of an error that explains a gap in a result. Unlike Explanation, Reason
// keeps the words before AWS's error, which say what failed.
func Reason(err error) string {
	explained := session.Explain(err)
	call := (*smithy.OperationError)(nil)
	//nolint:errorlint // Explain returns an error unchanged if it has no explanation
	if explained == err || !errors.As(err, &call) {
		return session.Text(err)
	}
	prefix, found := strings.CutSuffix(err.Error(), call.Error())
	if !found {
		return explained.Error()
	}
	return prefix + explained.Error()
}
