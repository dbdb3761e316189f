package cli

import (
	"errors"
	"strings"

	"github.com/aws/smithy-go"

	"retrycatch/internal/session"
)

// inWords explains the answer of AWS in an error. It keeps the part that says which request failed:
// session.Explain alone drops it.
func inWords(err error) string {
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
