package faults

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// withList returns the same answer to a JSON call with another list in it.
func (a *answer) withList(name string, list []gjson.Result) *answer {
	raw := make([]string, 0, len(list))
	for _, item := range list {
		raw = append(raw, item.Raw)
	}
	return a.withMember(name, "["+strings.Join(raw, ",")+"]")
}

// withMember returns the same answer to a JSON call with another member, given in JSON.
func (a *answer) withMember(name, raw string) *answer {
	body := map[string]json.RawMessage{}
	_ = json.Unmarshal(a.body, &body) // only an object has members
	body[name] = json.RawMessage(raw)
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // a manner passed invalid JSON
	}
	return a.with(text)
}

// quoted quotes a text for a gjson query.
func quoted(text string) string { return strconv.Quote(text) }
