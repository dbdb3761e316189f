// Package faults stands between AWS tools and an endpoint and does harm: it throttles, fails, cuts and delays calls, the
// same ones each time for the same seed. Nothing but tests uses it.
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

// Options say what harm to do.
type Options struct {
	Seed  uint64
	Rules []Rule // the first that hits a call counts
	// OnCall, if set, hears of each call before anything is done about it: the operation, and the how manieth of it this
	// is. Calls that come at once are heard of at once. The call waits until it returns.
	OnCall func(operation string, n int)
}

// Proxy is an endpoint at URL that hands calls on to another.
type Proxy struct {
	URL     string
	options Options
	target  *url.URL
	downs   atomic.Int32 // how many want it to be down
	mu      sync.Mutex
	counts  map[string]*Count
}

// Start serves in front of an endpoint, on a free loopback port, until the test ends.
func Start(t testing.TB, endpoint string, options Options) *Proxy {
	t.Helper()
	target, err := url.Parse(endpoint)
	if err != nil || target.Host == "" {
		t.Fatalf("%q is no endpoint: %v", endpoint, err)
	}
	p := &Proxy{options: options, target: target, counts: map[string]*Count{}}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

// Down has every call refused until up is called: its connection is reset, and the endpoint sees nothing.
func (p *Proxy) Down() (up func()) {
	p.downs.Add(1)
	return sync.OnceFunc(func() { p.downs.Add(-1) })
}

// ServeHTTP hands one call on, or does it harm.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The whole request is here before anything is decided: one that is cut before the endpoint was still sent.
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // whoever called is gone
	}
	c := identify(r, body)
	n := p.number(c.operation)
	if p.options.OnCall != nil {
		p.options.OnCall(c.operation, n)
	}
	rule := decide(p.options.Seed, p.options.Rules, c.operation, n)
	if p.downs.Load() > 0 {
		rule = Rule{Fault: down}
	}
	p.record(c.operation, rule.Fault)
	switch rule.Fault {
	case Throttle, InternalError, Unavailable:
		answerWith(w, c, rule.Fault)
		return
	case CutBefore, down:
		reset(w, nil)
		return
	case Delay:
		time.Sleep(rule.Wait)
	}
	answer, err := p.forward(r, body)
	switch {
	case err != nil:
		http.Error(w, "the endpoint behind the proxy does not answer: "+err.Error(), http.StatusBadGateway)
	case rule.Fault == CutAfter:
		reset(w, answer.half())
	default:
		answer.write(w)
	}
}

// number counts a call and says the how manieth of its operation it is.
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

// transport asks without a proxy, whatever the environment says, and hands on what it gets as it is.
var transport = &http.Transport{DisableCompression: true, DisableKeepAlives: true}

// forward has a request carried out, even if whoever called is gone by now: it was sent.
func (p *Proxy) forward(r *http.Request, body []byte) (*answer, error) {
	out := r.Clone(context.WithoutCancel(r.Context()))
	out.URL.Scheme, out.URL.Host = p.target.Scheme, p.target.Host
	out.RequestURI = ""
	out.Body, out.ContentLength, out.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	response, err := transport.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	received, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	// To a HEAD the length is that of the body that a GET would have got.
	if r.Method != http.MethodHead {
		response.Header.Set("Content-Length", strconv.Itoa(len(received)))
	}
	return &answer{response.StatusCode, response.Header, received}, nil
}

// answer is a whole answer of the endpoint.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a *answer) write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // whoever called may be gone
}

// half is the head and half of the body, or nothing at all of an answer without one.
func (a *answer) half() []byte {
	if len(a.body) == 0 {
		return nil
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "HTTP/1.1 %d %s\r\n", a.status, http.StatusText(a.status))
	_ = a.header.Write(&text) // a Buffer takes everything
	text.WriteString("\r\n")
	text.Write(a.body[:len(a.body)/2])
	return text.Bytes()
}

// reset breaks the connection off, after some bytes.
func reset(w http.ResponseWriter, bytes []byte) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err) // an HTTP/1 server's connections can all be hijacked
	}
	_, _ = connection.Write(bytes) // whoever called may be gone
	// Without this the end would be an orderly one.
	_ = connection.(*net.TCPConn).SetLinger(0)
	_ = connection.Close()
}
