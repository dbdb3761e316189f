package session

import (
	"io"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// connections limits the connections to one host.
const connections = 64

// connectLimit limits the time for a TCP connection. A TLS handshake has the SDK's own limit of
// 10 s.
const connectLimit = 10 * time.Second

// pooled returns a client that all SDK clients of one configuration share: by default, each has its
// own connections.
func pooled(client aws.HTTPClient) aws.HTTPClient {
	if client == nil {
		client = awshttp.NewBuildableClient()
	}
	buildable, ok := client.(*awshttp.BuildableClient)
	if !ok {
		return client
	}
	return plain{buildable.
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = connectLimit }).
		WithTransportOptions(func(t *http.Transport) {
			t.MaxConnsPerHost, t.MaxIdleConnsPerHost = connections, connections
		}).Freeze()}
}

// plain is a client that hides the method WriteTo of a request's body. The SDK closes the body when
// the head of the answer has arrived. If net/http has not looked for the end of the body yet,
// WriteTo of the closed body returns an error, and net/http closes the connection before it has
// read the answer:
// https://github.com/aws/smithy-go/blob/v1.28.9/transport/http/internal/io/safe.go
type plain struct{ aws.HTTPClient }

func (p plain) Do(request *http.Request) (*http.Response, error) {
	if request.Body != nil && request.Body != http.NoBody {
		request.Body = struct{ io.ReadCloser }{request.Body}
	}
	return p.HTTPClient.Do(request)
}
