package main

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// runtimeAPI sends one event to a function, as Lambda does:
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
type runtimeAPI struct {
	server  *http.Server
	address string
	event   string
	answers chan answer // holds the answer until the function waits again
	ready   chan answer // receives the answer when the function waits for another event
}

// answer is the function's answer and the time when it arrived.
type answer struct {
	text string
	at   time.Time
}

func serveRuntimeAPI(event string) (*runtimeAPI, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	api := &runtimeAPI{
		address: listener.Addr().String(),
		event:   event,
		answers: make(chan answer, 1),
		ready:   make(chan answer, 1),
	}
	const invocation = "/2018-06-01/runtime/invocation/"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+invocation+"next", api.next)
	mux.HandleFunc("POST "+invocation+"1/response", api.receive)
	api.server = &http.Server{Handler: mux}
	go func() { _ = api.server.Serve(listener) }() // until close
	return api, nil
}

func (api *runtimeAPI) close() { _ = api.server.Close() }

func (api *runtimeAPI) next(w http.ResponseWriter, r *http.Request) {
	select {
	case a := <-api.answers:
		api.ready <- a
		<-r.Context().Done() // there is no other event
		return
	default:
	}
	w.Header().Set("Lambda-Runtime-Aws-Request-Id", "1")
	deadline := time.Now().Add(time.Minute)
	w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(deadline.UnixMilli(), 10))
	_, _ = io.WriteString(w, api.event) // coldStart notices when the function ends
}

func (api *runtimeAPI) receive(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	api.answers <- answer{string(body), time.Now()}
	w.WriteHeader(http.StatusAccepted)
}
