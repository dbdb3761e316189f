package session

import (
	"io"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// maxConnections limits the connections to one host.
const maxConnections = 64

// connectTimeout limits the time to open a TCP connection. The SDK limits a TLS handshake to 10 s.
const connectTimeout = 10 * time.Second

// shareConnections returns an HTTP client whose connections all SDK clients of a configuration
// share. By default, each SDK client opens its own connections.
func shareConnections(client aws.HTTPClient) aws.HTTPClient {
	if client == nil {
		client = awshttp.NewBuildableClient()
	}
	buildable, ok := client.(*awshttp.BuildableClient)
	if !ok {
		return client
	}
	return noWriteTo{buildable.
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = connectTimeout }).
		WithTransportOptions(func(t *http.Transport) {
			t.MaxConnsPerHost, t.MaxIdleConnsPerHost = maxConnections, maxConnections
		}).Freeze()}
}

// noWriteTo is an HTTP client that hides the method WriteTo of a request's body. The SDK closes
// this body when the headers of the response arrive. If net/http has not yet reached the end of the
// body, WriteTo then returns an error. After that error, net/http closes the connection before it
// has read the response. See
// https://github.com/aws/smithy-go/blob/v1.28.9/transport/http/internal/io/safe.go
type noWriteTo struct{ aws.HTTPClient }

func (c noWriteTo) Do(request *http.Request) (*http.Response, error) {
	if request.Body != nil && request.Body != http.NoBody {
		request.Body = struct{ io.ReadCloser }{request.Body}
	}
	return c.HTTPClient.Do(request)
}
