// Package faults provides a test proxy between AWS tools and an AWS endpoint. Rules inject faults:
// they throttle, fail, cut and delay calls. The same seed selects the same calls. Behaviors imitate
// what AWS does but the endpoint does not, such as stale reads, failed deletions and denied calls.
package faults

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Options selects the faults to inject and the behaviors to imitate.
type Options struct {
	Seed      uint64
	Rules     []Rule // the first rule that matches a call applies
	Behaviors []Behavior
	// OnCall, if set, runs before the proxy handles a call. n is 1 for the first call of the
	// operation. The call waits until OnCall returns. Several calls to OnCall can run concurrently.
	OnCall func(operation string, n int)
}

// Proxy is a server that forwards AWS calls to an endpoint.
type Proxy struct {
	URL       string
	options   Options
	server    *httptest.Server
	target    *url.URL
	downCount atomic.Int32 // calls to Down that are still in effect
	deletions *deletions
	handle    handler // applies all behaviors in front of the endpoint
	mu        sync.Mutex
	counts    map[string]*Count
	altered   map[string]int    // numbers of altered responses, by behavior name
	accounts  map[string]string // account IDs, by access key
}

// Start starts a proxy in front of an endpoint, on a free loopback port. The proxy stops when the
// test ends.
func Start(t testing.TB, endpoint string, options Options) *Proxy {
	t.Helper()
	p, err := Open(t.Context(), endpoint, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// Open starts a proxy, as Start does, but the caller must close it.
func Open(ctx context.Context, endpoint string, options Options) (*Proxy, error) {
	target, err := url.Parse(endpoint)
	if err != nil {
		return nil, fmt.Errorf("invalid endpoint %q: %w", endpoint, err)
	}
	if target.Host == "" {
		return nil, fmt.Errorf("invalid endpoint %q: it has no host", endpoint)
	}
	p := &Proxy{options: options, target: target,
		counts: map[string]*Count{}, altered: map[string]int{}, accounts: map[string]string{}}
	p.deletions = &deletions{p: p, failures: map[string]failedDeletion{}}
	p.handle = p.buildHandler(ctx, options.Behaviors)
	p.server = httptest.NewServer(p)
	p.URL = p.server.URL
	return p, nil
}

// Close stops the proxy.
func (p *Proxy) Close() { p.server.Close() }

// Down resets the connection of every call until up is called. The calls do not reach the endpoint.
func (p *Proxy) Down() (up func()) {
	p.downCount.Add(1)
	return sync.OnceFunc(func() { p.downCount.Add(-1) })
}

// ServeHTTP forwards one call, or injects a fault.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Read the whole request first, so that the caller has sent it completely before CutRequest
	// resets the connection.
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller disconnected
	}
	c := identify(r, body)
	c.number = p.countCall(c.operation)
	if p.options.OnCall != nil {
		p.options.OnCall(c.operation, c.number)
	}
	rule := selectRule(p.options.Seed, p.options.Rules, c.operation, c.number)
	if p.downCount.Load() > 0 {
		rule = Rule{Fault: downFault}
	}
	p.recordFault(c.operation, rule.Fault)
	switch rule.Fault {
	case Throttle, InternalError, Unavailable:
		faultResponse(c, rule.Fault).writeTo(w)
		return
	case CutRequest, downFault:
		reset(w, nil)
		return
	case Delay:
		time.Sleep(rule.Wait)
	}
	if len(p.options.Behaviors) > 0 {
		c.account = p.callerAccount(c)
	}
	result, err := p.handle(c)
	switch {
	case err != nil:
		http.Error(w, "the proxy got no response from the endpoint: "+err.Error(), http.StatusBadGateway)
	case rule.Fault == CutResponse:
		reset(w, result.firstHalf())
	default:
		result.writeTo(w)
	}
}

// countCall counts a call of an operation. It returns 1 for the first call.
func (p *Proxy) countCall(operation string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.counts[operation] == nil {
		p.counts[operation] = &Count{Operation: operation, Injected: map[Fault]int{}}
	}
	p.counts[operation].Calls++
	return p.counts[operation].Calls
}

func (p *Proxy) recordFault(operation string, fault Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[operation].add(fault)
}

// transport ignores HTTP_PROXY and keeps compressed responses unchanged.
var transport = &http.Transport{DisableCompression: true, DisableKeepAlives: true}

// forward sends a call to the endpoint, even if the caller has disconnected.
func (p *Proxy) forward(c *call) (*response, error) {
	out := c.request.Clone(context.WithoutCancel(c.request.Context()))
	out.URL.Scheme, out.URL.Host = p.target.Scheme, p.target.Host
	out.RequestURI = ""
	out.Body, out.ContentLength, out.TransferEncoding = io.NopCloser(bytes.NewReader(c.body)), int64(len(c.body)), nil
	received, err := transport.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	defer received.Body.Close()
	content, err := io.ReadAll(received.Body)
	if err != nil {
		return nil, err
	}
	// The response to a HEAD request has no body, but it has the Content-Length of a GET response.
	if c.request.Method != http.MethodHead {
		received.Header.Set("Content-Length", strconv.Itoa(len(content)))
	}
	return &response{status: received.StatusCode, header: received.Header, body: content}, nil
}

// reset sends bytes and then resets the connection.
func reset(w http.ResponseWriter, bytes []byte) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err) // HTTP/1 connections can always be hijacked
	}
	_, _ = connection.Write(bytes) // the caller may have disconnected
	// Closing with a linger time of 0 sends a reset.
	_ = connection.(*net.TCPConn).SetLinger(0)
	_ = connection.Close()
}
