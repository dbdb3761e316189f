// Package localaws gives an AWS endpoint that is not AWS: the one named in AWS_ENDPOINT_URL, or a MiniStack that it
// starts for the occasion. It is the only package that knows of such a thing. What the others see is an environment in
// which the AWS SDKs and the CDK CLI reach that endpoint and cannot reach an account.
package localaws

import (
	"cmp"
	"context"
	"errors"
	"os"

	"retrycatch/internal/problem"
)

// account is the number of the account that the local AWS plays unless told otherwise.
const account = "000000000000"

// Server is a local AWS in use.
type Server struct {
	Endpoint string // for example http://127.0.0.1:40001
	Account  string // which it plays, when it was started
	Region   string
	process  *process // nil when the endpoint is the user's own
	folder   string   // empty configuration files and the server's state; private, removed by Close
	keys     []string // credentials as NAME=VALUE
	noWaits  bool
}

// Options say how to start one.
type Options struct {
	Project string // the folder that holds .venv
	Account string // that it plays; empty for one of zeros
	Region  string
	NoWaits bool // Wait states and retriers do not wait, for what measures no time
}

// Open attaches to the endpoint that AWS_ENDPOINT_URL names, or starts a local AWS on a free loopback port and waits
// until it is healthy. Errors are *problem.Problem, or the context's. Whoever opens one closes it; if the process dies
// before, the server ends too.
func Open(ctx context.Context, o Options) (*Server, error) {
	folder, err := os.MkdirTemp("", "retrycatch-local-")
	s := &Server{Account: cmp.Or(o.Account, account), Region: o.Region, folder: folder, noWaits: o.NoWaits}
	if err == nil {
		// It stays empty: no profile, no role to assume, no other endpoint can be found in it.
		err = os.WriteFile(s.configFile(), nil, 0o600)
	}
	if err != nil {
		return nil, &problem.Problem{What: "cannot create a temporary directory for the local AWS",
			Next: "make room in " + os.TempDir(), Err: err}
	}
	if endpoint := os.Getenv("AWS_ENDPOINT_URL"); endpoint != "" {
		err = s.attach(ctx, endpoint)
	} else {
		err = s.start(ctx, o.Project)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Started says whether Open started the server, or found the user's own.
func (s *Server) Started() bool { return s.process != nil }

// Close stops the server with everything it started, and removes its files. A user's own endpoint is left alone. The error
// is a *problem.Problem when the server had ended by itself, which explains whatever failed before.
func (s *Server) Close() error {
	var err error
	if s.process != nil {
		if s.process.ended() {
			err = &problem.Problem{What: "the local AWS has ended by itself", Next: "run this again",
				Err: s.withLog(errors.New("nobody stopped it"))}
		}
		s.process.stop()
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}
