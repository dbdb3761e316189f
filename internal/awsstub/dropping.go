package awsstub

import (
	"net/http"

	"github.com/aws/smithy-go/middleware"
)

// DroppingClient returns a client that gets no response to the calls for which drop returns true.
// Such a call waits until its context ends. The stub responds to all other calls.
func (s *Stub) DroppingClient(drop func(operation string) bool) *http.Client {
	return &http.Client{Transport: droppingTransport{s, drop}}
}

type droppingTransport struct {
	stub *Stub
	drop func(operation string) bool
}

func (t droppingTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx := request.Context()
	if t.drop(middleware.GetServiceID(ctx) + "." + middleware.GetOperationName(ctx)) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return t.stub.RoundTrip(request)
}
