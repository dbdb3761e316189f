package localaws

import (
	"context"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"retrycatch/internal/problem"
)

// connectLimit limits the time for a connection to the user's endpoint.
const connectLimit = 5 * time.Second

// attach uses the user's endpoint, with the keys of the environment if there are any. It refuses
// endpoints of AWS itself: local commands create and delete without confirmation.
func (s *Server) attach(ctx context.Context, endpoint string) error {
	address, err := url.Parse(endpoint)
	if err != nil || address.Host == "" || (address.Scheme != "http" && address.Scheme != "https") {
		return &problem.Problem{What: "AWS_ENDPOINT_URL is not an address: " + endpoint,
			Next: "set it to an address like http://localhost:4566, or unset it to start a local AWS"}
	}
	if isAWS(address.Hostname()) {
		return &problem.Problem{
			What: "this command is for a local AWS, but AWS_ENDPOINT_URL names AWS itself: " + address.Host,
			Next: "unset it to start a local AWS, or use retrycatch deploy, run and destroy for a real account",
		}
	}
	// A connection is enough: the SDKs report a wrong protocol or certificate.
	connection, err := (&net.Dialer{Timeout: connectLimit}).DialContext(ctx, "tcp", hostPort(address))
	if err != nil {
		return &problem.Problem{What: "nothing answers at AWS_ENDPOINT_URL, " + endpoint,
			Next: "start the server at this address, or unset AWS_ENDPOINT_URL to start a local AWS", Err: err}
	}
	_ = connection.Close()
	s.Endpoint = endpoint
	s.keys = userKeys()
	return nil
}

func hostPort(address *url.URL) string {
	port := address.Port()
	if port == "" {
		port = address.Scheme // a service name: "http" is 80, "https" is 443
	}
	return net.JoinHostPort(address.Hostname(), port)
}

// userKeys returns the credentials of the environment, or test keys.
func userKeys() []string {
	if os.Getenv("AWS_ACCESS_KEY_ID") == "" || os.Getenv("AWS_SECRET_ACCESS_KEY") == "" {
		return []string{"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test"}
	}
	var keys []string
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} {
		if value := os.Getenv(name); value != "" {
			keys = append(keys, name+"="+value)
		}
	}
	return keys
}

// isAWS reports whether a host belongs to a domain of AWS's endpoints:
// https://docs.aws.amazon.com/general/latest/gr/rande.html
func isAWS(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, domain := range []string{
		"amazonaws.com",
		"amazonaws.com.cn",
		"amazonaws.eu",
		"api.aws",
		"api.amazonwebservices.com.cn",
		"api.amazonwebservices.eu",
		"c2s.ic.gov",
		"sc2s.sgov.gov",
		"aws.dev",
	} {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}
