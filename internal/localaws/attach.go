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

const connectTimeout = 5 * time.Second

// attach uses the user's endpoint, with the access keys in the environment, if any. It rejects AWS
// endpoints, because local commands create and delete resources without confirmation.
func (s *Server) attach(ctx context.Context, endpoint string) error {
	address, err := url.Parse(endpoint)
	if err != nil || address.Host == "" || (address.Scheme != "http" && address.Scheme != "https") {
		return &problem.Problem{What: "AWS_ENDPOINT_URL is not a valid URL: " + endpoint,
			Next: "set it to a URL such as http://localhost:4566, or unset the variable to start a local AWS"}
	}
	if isAWS(address.Hostname()) {
		return &problem.Problem{
			What: "this command is for a local AWS, but AWS_ENDPOINT_URL is an AWS endpoint: " + address.Host,
			Next: "unset AWS_ENDPOINT_URL to start a local AWS, or use retrycatch deploy, run and destroy for a real account",
		}
	}
	// Connecting is enough, because the SDKs report a wrong protocol or certificate.
	connection, err := (&net.Dialer{Timeout: connectTimeout}).DialContext(ctx, "tcp", hostPort(address))
	if err != nil {
		return &problem.Problem{What: "no response from AWS_ENDPOINT_URL, " + endpoint,
			Next: "start the server at this URL, or unset AWS_ENDPOINT_URL to start a local AWS", Err: err}
	}
	_ = connection.Close()
	s.Endpoint = endpoint
	s.keys = environmentKeys()
	return nil
}

func hostPort(address *url.URL) string {
	port := address.Port()
	if port == "" {
		port = address.Scheme // net.Dial accepts service names: "http" is 80, "https" is 443
	}
	return net.JoinHostPort(address.Hostname(), port)
}

// environmentKeys returns the access keys in the environment, or test keys.
func environmentKeys() []string {
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

// isAWS reports whether a host is in the domain of an AWS endpoint:
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
