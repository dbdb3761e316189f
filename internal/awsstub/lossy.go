package awsstub

import (
	"net/http"

	"github.com/aws/smithy-go/middleware"
)

// Lossy returns a client whose calls get no answer if lost returns true. Such a call waits until
// the caller gives up. Other calls reach the stub.
func (s *Stub) Lossy(lost func(operation string) bool) *http.Client {
	return &http.Client{Transport: lossy{s, lost}}
}

type lossy struct {
	stub *Stub
	lost func(operation string) bool
}

func (l lossy) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx := request.Context()
	if l.lost(middleware.GetServiceID(ctx) + "." + middleware.GetOperationName(ctx)) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return l.stub.RoundTrip(request)
}
