package view

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/smithy-go"

	"retrycatch/internal/problem"
	"retrycatch/internal/session"
)

// Explanation returns the text of an error for people. A failed access to AWS is explained without
// the request, because every request would fail.
func Explanation(err error) string {
	//nolint:errorlint // the outermost error alone: the text around a problem must stay
	if p, ok := err.(*problem.Problem); ok && p.Err != nil {
		if errors.Is(p.Err, context.Canceled) { // the problem itself says what was interrupted
			return p.What
		}
		return p.What + ": " + Explanation(p.Err)
	}
	return session.Text(session.Explain(err))
}

// Reason returns the text of an error about one part of a result. Unlike Explanation, it always
// names the failed request.
func Reason(err error) string {
	explained := session.Explain(err)
	call := (*smithy.OperationError)(nil)
	//nolint:errorlint // Explain returns the very error that it does not explain
	if explained == err || !errors.As(err, &call) {
		return session.Text(err)
	}
	about, ends := strings.CutSuffix(err.Error(), call.Error())
	if !ends {
		return explained.Error()
	}
	return about + explained.Error()
}
