// Package localaws provides a local AWS: the endpoint in AWS_ENDPOINT_URL, or a MiniStack that it
// starts. No other package depends on whether AWS is local. They only get an environment in which
// the AWS SDKs and the CDK CLI reach this endpoint and no real account.
package localaws

import (
	"cmp"
	"context"
	"errors"
	"os"

	"retrycatch/internal/problem"
)

// account is the default account number of a local AWS.
const account = "000000000000"

// Server represents a local AWS.
type Server struct {
	Endpoint string // for example http://127.0.0.1:40001
	Account  string // of a started server
	Region   string
	process  *process // nil for the user's own endpoint
	folder   string   // private: an empty configuration file and the server's state
	keys     []string // credentials as NAME=VALUE
	noWaits  bool
}

// Options configures a local AWS.
type Options struct {
	Project string // the folder that holds .venv
	Account string // empty for 000000000000
	Region  string
	NoWaits bool // Wait states and retriers do not wait
}

// Open attaches to the endpoint in AWS_ENDPOINT_URL, or starts a local AWS on a free loopback port
// and waits until it is healthy. The error is a *problem.Problem or the context's. The caller must
// close the server. If the process dies, the server ends too.
func Open(ctx context.Context, o Options) (*Server, error) {
	folder, err := os.MkdirTemp("", "retrycatch-local-")
	s := &Server{Account: cmp.Or(o.Account, account), Region: o.Region, folder: folder, noWaits: o.NoWaits}
	if err == nil {
		// An empty file has no profile, role or other endpoint.
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

// Started reports whether Open started the server. Otherwise, it is the user's own.
func (s *Server) Started() bool { return s.process != nil }

// Close stops the server and all its processes, and removes its files. It does not stop a user's
// own server. If the server has ended by itself, the error is a *problem.Problem, which explains
// earlier failures.
func (s *Server) Close() error {
	var err error
	if s.process != nil {
		if s.process.ended() {
			err = &problem.Problem{What: "the local AWS has ended by itself", Next: "run this again",
				Err: s.withLog(errors.New("it was not stopped"))}
		}
		s.process.stop()
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}
