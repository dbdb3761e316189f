package main

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// runtimeAPI serves the Lambda runtime API, and sends one event to the function. See
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
type runtimeAPI struct {
	server   *http.Server
	address  string
	event    string
	pending  chan response // holds the response until the function asks for the next event
	finished chan response // passes the response to coldStart when the function asks for the next event
}

// response is the function's response and its arrival time.
type response struct {
	text string
	at   time.Time
}

func serveRuntimeAPI(event string) (*runtimeAPI, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	api := &runtimeAPI{
		address:  listener.Addr().String(),
		event:    event,
		pending:  make(chan response, 1),
		finished: make(chan response, 1),
	}
	const invocation = "/2018-06-01/runtime/invocation/"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+invocation+"next", api.next)
	mux.HandleFunc("POST "+invocation+"1/response", api.receive)
	api.server = &http.Server{Handler: mux}
	go func() { _ = api.server.Serve(listener) }() // until close is called
	return api, nil
}

func (api *runtimeAPI) close() { _ = api.server.Close() }

func (api *runtimeAPI) next(w http.ResponseWriter, request *http.Request) {
	select {
	case r := <-api.pending:
		api.finished <- r
		<-request.Context().Done() // blocks, because there is no second event
		return
	default:
	}
	w.Header().Set("Lambda-Runtime-Aws-Request-Id", "1")
	deadline := time.Now().Add(time.Minute)
	w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(deadline.UnixMilli(), 10))
	_, _ = io.WriteString(w, api.event) // ignore the error: coldStart notices if the function exits
}

func (api *runtimeAPI) receive(w http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	api.pending <- response{string(body), time.Now()}
	w.WriteHeader(http.StatusAccepted)
}
