// Package faults is a proxy between AWS tools and an endpoint, for tests only. Its rules inject
// faults: they throttle, fail, cut and delay calls. The same seed selects the same calls. Its
// manners imitate AWS where the endpoint differs: stale reads, failed deletions, missing
// permissions.
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

// Options select the faults to inject and the manners to imitate.
type Options struct {
	Seed    uint64
	Rules   []Rule // the first that selects a call applies
	Manners []Manner
	// OnCall, if set, is called before each call is handled, with the operation and the number of
	// its calls so far, from 1. The call waits until OnCall returns. Concurrent calls lead to
	// concurrent calls of OnCall.
	OnCall func(operation string, n int)
}

// Proxy is an endpoint at URL that forwards calls to another endpoint.
type Proxy struct {
	URL       string
	options   Options
	server    *httptest.Server
	target    *url.URL
	downs     atomic.Int32 // calls of Down without up
	deletions *deletions
	handle    handler // applies all manners in front of the endpoint
	mu        sync.Mutex
	counts    map[string]*Count
	played    map[string]int    // by the manner's name
	accounts  map[string]string // by access key
}

// Start starts a proxy in front of an endpoint, on a free loopback port, until the test ends.
func Start(t testing.TB, endpoint string, options Options) *Proxy {
	t.Helper()
	p, err := Open(t.Context(), endpoint, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// Open starts a proxy like Start. The caller closes it.
func Open(ctx context.Context, endpoint string, options Options) (*Proxy, error) {
	target, err := url.Parse(endpoint)
	if err != nil {
		return nil, fmt.Errorf("invalid endpoint %q: %w", endpoint, err)
	}
	if target.Host == "" {
		return nil, fmt.Errorf("invalid endpoint %q: it has no host", endpoint)
	}
	p := &Proxy{options: options, target: target,
		counts: map[string]*Count{}, played: map[string]int{}, accounts: map[string]string{}}
	p.deletions = &deletions{p: p, stacks: map[string]failed{}}
	p.handle = p.behave(ctx, options.Manners)
	p.server = httptest.NewServer(p)
	p.URL = p.server.URL
	return p, nil
}

// Close stops the proxy.
func (p *Proxy) Close() { p.server.Close() }

// Down resets the connection of every call until up is called. The endpoint does not see the calls.
func (p *Proxy) Down() (up func()) {
	p.downs.Add(1)
	return sync.OnceFunc(func() { p.downs.Add(-1) })
}

// ServeHTTP forwards one call, or injects a fault.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Read the whole request first: the caller must have sent it even if CutBefore follows.
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller disconnected
	}
	c := identify(r, body)
	c.n = p.number(c.operation)
	if p.options.OnCall != nil {
		p.options.OnCall(c.operation, c.n)
	}
	rule := decide(p.options.Seed, p.options.Rules, c.operation, c.n)
	if p.downs.Load() > 0 {
		rule = Rule{Fault: down}
	}
	p.record(c.operation, rule.Fault)
	switch rule.Fault {
	case Throttle, InternalError, Unavailable:
		injected(c, rule.Fault).write(w)
		return
	case CutBefore, down:
		reset(w, nil)
		return
	case Delay:
		time.Sleep(rule.Wait)
	}
	if len(p.options.Manners) > 0 {
		c.account = p.accountOf(c)
	}
	answer, err := p.handle(c)
	switch {
	case err != nil:
		http.Error(w, "no answer from the endpoint behind the proxy: "+err.Error(), http.StatusBadGateway)
	case rule.Fault == CutAfter:
		reset(w, answer.half())
	default:
		answer.write(w)
	}
}

// number counts a call, and returns how many calls its operation has had so far.
func (p *Proxy) number(operation string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.counts[operation] == nil {
		p.counts[operation] = &Count{Operation: operation, Injected: map[Fault]int{}}
	}
	p.counts[operation].Calls++
	return p.counts[operation].Calls
}

func (p *Proxy) record(operation string, fault Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[operation].add(fault)
}

// transport ignores proxies in the environment, and keeps answers unchanged.
var transport = &http.Transport{DisableCompression: true, DisableKeepAlives: true}

// forward sends a call to the endpoint, even if the caller has disconnected.
func (p *Proxy) forward(c *call) (*answer, error) {
	out := c.request.Clone(context.WithoutCancel(c.request.Context()))
	out.URL.Scheme, out.URL.Host = p.target.Scheme, p.target.Host
	out.RequestURI = ""
	out.Body, out.ContentLength, out.TransferEncoding = io.NopCloser(bytes.NewReader(c.body)), int64(len(c.body)), nil
	response, err := transport.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	received, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	// The answer to a HEAD has the length of the body that a GET would get.
	if c.request.Method != http.MethodHead {
		response.Header.Set("Content-Length", strconv.Itoa(len(received)))
	}
	return &answer{status: response.StatusCode, header: response.Header, body: received}, nil
}

// reset breaks the connection after some bytes.
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
