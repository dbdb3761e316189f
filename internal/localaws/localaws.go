// Package localaws provides a local AWS: the endpoint in AWS_ENDPOINT_URL, or a new MiniStack
// server. It also provides an environment in which the AWS SDKs and the CDK CLI reach only this
// endpoint.
package localaws

import (
	"cmp"
	"context"
	"errors"
	"os"

	"retrycatch/internal/problem"
)

// defaultAccount is the default account number of a local AWS.
const defaultAccount = "000000000000"

// Server holds the connection to a local AWS.
type Server struct {
	Endpoint  string // such as http://127.0.0.1:40001
	Account   string // account number of a server that Open starts
	Region    string
	process   *process // nil for an endpoint in AWS_ENDPOINT_URL
	folder    string   // temporary: an empty configuration file and the server's files
	keys      []string // credentials as NAME=VALUE
	skipWaits bool
}

// Options configures a local AWS.
type Options struct {
	Project   string // the folder that contains .venv
	Account   string // empty for the default, 000000000000
	Region    string
	SkipWaits bool // makes Wait states and retriers continue at once
}

// Open uses the endpoint in AWS_ENDPOINT_URL, or starts a local AWS on a free loopback port and
// waits until the server is healthy. The caller must call Close, but the server also stops if the
// calling process dies. The error wraps a *problem.Problem or the error of the context.
func Open(ctx context.Context, o Options) (*Server, error) {
	folder, err := os.MkdirTemp("", "retrycatch-local-")
	s := &Server{Account: cmp.Or(o.Account, defaultAccount), Region: o.Region, folder: folder, skipWaits: o.SkipWaits}
	if err == nil {
		// The empty file hides profiles, roles and endpoints in the user's files.
		err = os.WriteFile(s.configFile(), nil, 0o600)
	}
	if err != nil {
		return nil, &problem.Problem{What: "cannot create a temporary directory for the local AWS",
			Next: "free up space in " + os.TempDir(), Err: err}
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

// Started reports whether Open started the server, instead of using AWS_ENDPOINT_URL.
func (s *Server) Started() bool { return s.process != nil }

// Close stops a server that Open started, with all its processes, and removes its files. If the
// server has stopped unexpectedly, Close returns an error that wraps a *problem.Problem, which
// explains earlier failures.
func (s *Server) Close() error {
	var err error
	if s.process != nil {
		if s.process.hasEnded() {
			err = &problem.Problem{What: "the local AWS stopped unexpectedly", Next: "run the command again",
				Err: s.addLog(errors.New("its process exited"))}
		}
		s.process.stop()
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}
