package main

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzInvoke compares the handler with a second implementation of the specification. Every event
// leads to one of the outcomes and one log line.
func FuzzInvoke(f *testing.F) {
	for _, invocation := range invocations {
		f.Add([]byte(invocation.event))
	}
	f.Add([]byte("{\"statuscode\":\"\xff200\"}"))
	f.Add([]byte("\xef\xbb\xbf{\"statuscode\":\"200\"}")) // a byte order mark
	f.Fuzz(func(t *testing.T, event []byte) {
		var log bytes.Buffer
		got := reportedOutcome(newMockAPI(&log).Invoke(t.Context(), event))
		if want := specifiedOutcome(event); got != want {
			t.Errorf("event %q: got %+v, want %+v", event, got, want)
		}
		requireLine(t, log.Bytes(), got, "", "")
	})
}

// specifiedOutcome returns the outcome that the specification requires. It reads the event token by
// token, whereas the handler decodes the event into a map.
func specifiedOutcome(event []byte) outcome {
	tokens := json.NewDecoder(bytes.NewReader(event))
	if first, err := tokens.Token(); err != nil || first != json.Delim('{') || !json.Valid(event) {
		return unknown
	}
	result := unknown
	for tokens.More() {
		key, _ := tokens.Token()
		var value json.RawMessage
		if tokens.Decode(&value) != nil {
			return unknown
		}
		if key != "statuscode" {
			continue
		}
		result = unknown
		var code any
		if json.Unmarshal(value, &code) == nil {
			switch code {
			case "200":
				result = ok
			case "429":
				result = tooManyRequests
			case "503":
				result = serverUnavailable
			}
		}
	}
	return result
}
