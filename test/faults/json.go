package faults

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// withList returns a copy of a JSON response with one list replaced.
func (resp *response) withList(name string, list []gjson.Result) *response {
	raw := make([]string, 0, len(list))
	for _, item := range list {
		raw = append(raw, item.Raw)
	}
	return resp.withMember(name, "["+strings.Join(raw, ",")+"]")
}

// withMember returns a copy of a JSON response with one member set to raw JSON.
func (resp *response) withMember(name, raw string) *response {
	body := map[string]json.RawMessage{}
	_ = json.Unmarshal(resp.body, &body) // if the response is not an object, body stays empty
	body[name] = json.RawMessage(raw)
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // raw is invalid JSON
	}
	return resp.withBody(text)
}

// quoteJSON quotes text as a JSON string, for a response or a gjson query.
func quoteJSON(text string) string { return strconv.Quote(text) }
