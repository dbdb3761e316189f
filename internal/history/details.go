package history

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/tidwall/gjson"
)

// detailsJSON returns an event's details as compact JSON with the API's names. The details are in
// the member "…EventDetails". In a log, and in the JSON output of retrycatch inspect, the member is
// "details". If an event that is not from a log has neither, all its other members count as
// details, because its type may be too new for this package.
func (f fields) detailsJSON(kind types.HistoryEventType) (json.RawMessage, error) {
	var found []field
	for _, member := range f.others {
		isNamedDetails := normalize(member.name) == "details" && (f.fromLog || member.value.IsObject())
		if isNamedDetails || isDetails(member.name) && (member.value.Raw != "{}" || len(found) == 0) {
			found = append(found, member)
		}
	}
	if len(found) > 1 {
		found = slices.DeleteFunc(found, func(member field) bool { return member.value.Raw == "{}" })
	}
	if len(found) > 1 {
		want := normalize(string(kind) + "EventDetails")
		for _, member := range found {
			if normalize(member.name) == want || strings.HasSuffix(want, normalize(member.name)) {
				found = []field{member}
				break
			}
		}
	}
	switch {
	case len(found) > 0:
		return f.parseDetails(found[0].value)
	case f.fromLog || len(f.others) == 0:
		return nil, nil
	}
	out := bytes.NewBufferString("{")
	for _, member := range f.others {
		writeMember(out, member.name, member.value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

func isDetails(name string) bool {
	return strings.HasSuffix(name, "EventDetails") || strings.HasSuffix(normalize(name), "eventdetails")
}

// parseDetails returns details as compact JSON. The details may be a string that contains JSON.
func (f fields) parseDetails(value gjson.Result) (json.RawMessage, error) {
	if value.Type == gjson.String && gjson.Valid(value.Str) {
		value = gjson.Parse(value.Str)
	}
	switch {
	case !value.IsObject():
		return nil, &FormatError{Kind: KindCutOff,
			Reason: fmt.Sprintf("truncated details: %s", shortened(value.Raw))}
	case f.fromLog && isEmpty(value):
		return nil, nil
	}
	return compactObject(value), nil
}

func isEmpty(object gjson.Result) bool {
	for range members(object) {
		return false
	}
	return true
}

// compactObject returns an object with the API's names, without white space or null members.
func compactObject(object gjson.Result) json.RawMessage {
	out := bytes.NewBuffer(make([]byte, 0, len(object.Raw)))
	out.WriteByte('{')
	for name, value := range members(object) {
		writeMember(out, name, value)
	}
	out.WriteByte('}')
	return out.Bytes()
}

// apiStructures lists the objects in details whose member names the API defines. In all other
// objects, the user chose the names, and they stay unchanged.
var apiStructures = []string{"inputDetails", "outputDetails", "taskCredentials", "assignedVariablesDetails"}

func writeMember(out *bytes.Buffer, name string, value gjson.Result) {
	if value.Type == gjson.Null {
		return
	}
	if out.Len() > 1 {
		out.WriteByte(',')
	}
	name = apiName(name)
	writeName(out, name)
	out.WriteByte(':')
	switch {
	case value.IsObject() && slices.Contains(apiStructures, name):
		out.Write(compactObject(value))
	case value.Type == gjson.JSON:
		_ = json.Compact(out, []byte(value.Raw)) // cannot fail: value is valid JSON
	default:
		out.WriteString(value.Raw)
	}
}

// writeName writes a name as a JSON string.
func writeName(out *bytes.Buffer, name string) {
	for i := range len(name) {
		if c := name[i]; c < '0' || c > 'z' || c == '\\' {
			text, _ := json.Marshal(name) // a string always marshals
			out.Write(text)
			return
		}
	}
	out.WriteByte('"')
	out.WriteString(name)
	out.WriteByte('"')
}

// apiName returns the API's spelling of a name: RoleArn and role_arn become roleArn.
func apiName(name string) string {
	if name == "" || name[0] >= 'a' && name[0] <= 'z' && !strings.Contains(name, "_") {
		return name
	}
	words := strings.Split(name, "_")
	for i, word := range words {
		if word != "" && i > 0 {
			words[i] = strings.ToUpper(word[:1]) + word[1:]
		}
	}
	joined := strings.Join(words, "")
	return strings.ToLower(joined[:min(1, len(joined))]) + joined[min(1, len(joined)):]
}
