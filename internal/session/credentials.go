package session

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// CredentialsError reports that a source of credentials failed. Only a few of the sources' own
// errors have types. If AWS answered the source with an error, that error is not about the call
// that needed the credentials.
type CredentialsError struct{ Err error }

func (e *CredentialsError) Error() string { return e.Err.Error() }

// Unwrap returns the source's error.
func (e *CredentialsError) Unwrap() error { return e.Err }

// lasts reports whether the source will fail again: the reason was neither an interrupt nor the
// network.
func (e *CredentialsError) lasts() bool {
	passing := retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(e.Err) == aws.TrueTernary
	return !passing && !errors.Is(e.Err, context.Canceled) && !errors.Is(e.Err, context.DeadlineExceeded)
}

// source marks the errors of a source of credentials.
type source struct{ aws.CredentialsProvider }

func (s source) Retrieve(ctx context.Context) (aws.Credentials, error) {
	credentials, err := s.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		err = &CredentialsError{err}
	}
	return credentials, err
}
