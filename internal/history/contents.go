package history

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// deepest limits how deep a history may be wrapped in other objects and strings.
const maxDepth = 6

// contents collects the recordings, descriptions and other values of a file.
type fileContents struct {
	recordings      []*recording
	descriptions    []description
	eventCount      int // read so far
	listCount       int // of events, empty ones too
	logContinues    bool
	enclosingARN    string       // the execution ARN of the object around the events, or of its description
	notHistoryErr   *FormatError // names a value of a known kind that is not a history
	unknownValueErr *FormatError // names a value of an unknown kind
}

// of returns the recording of an execution. Most files hold only one.
func (c *fileContents) recordingOf(arn string) *recording {
	for _, r := range slices.Backward(c.recordings) {
		if r.arn == arn {
			return r
		}
	}
	r := &recording{arn: arn, hasMore: map[int64]bool{}}
	c.recordings = append(c.recordings, r)
	return r
}

// addText adds a JSON value.
func (c *fileContents) addText(text string) error {
	return c.add(gjson.Parse(text), false, 0)
}

// add adds a value. A value in a list should be an event.
func (c *fileContents) add(value gjson.Result, listed bool, depth int) error {
	if inner, ok := jsonIn(value); ok && depth < maxDepth {
		return c.add(inner, listed, depth+1)
	}
	switch {
	case value.IsArray() && depth < maxDepth:
		c.listCount++
		for _, item := range value.ForEach {
			if err := c.add(item, true, depth+1); err != nil {
				return err
			}
		}
		return nil
	case !value.IsObject():
		return c.addUnknown(listed, "")
	}
	return c.addObject(value, listed, depth)
}

func (c *fileContents) addObject(object gjson.Result, listed bool, depth int) error {
	f := fieldsOf(object)
	if f.list.IsArray() && depth < maxDepth {
		return c.addPage(f, depth)
	}
	if d, ok := f.description(); ok {
		c.descriptions = append(c.descriptions, d)
		return nil
	}
	ofLambda := strings.HasPrefix(f.typ.Str, "platform.")
	if f.typ.Exists() && !ofLambda && (listed || f.time.Exists()) {
		return c.addEvent(f)
	}
	if rows, ok := f.insightsRows(); ok {
		return c.addRows(rows, depth)
	}
	if other := f.notHistoryError(); other != nil {
		c.notHistoryErr = other
		return nil
	}
	if f.message.Exists() {
		return c.addMessage(f, depth)
	}
	if found, err := c.addWrapped(f, depth); found || err != nil {
		return err
	}
	return c.addUnknown(listed, object.Raw)
}

func (c *fileContents) addEvent(f fields) error {
	c.eventCount++
	event, err := f.event()
	if err != nil {
		return c.eventError(err)
	}
	r := c.recordingOf(cmp.Or(f.arn.Str, c.enclosingARN))
	r.events, r.fromLog = append(r.events, event), r.fromLog || f.fromLog
	return nil
}

// wrong returns an error that names the event which cannot be read.
func (c *fileContents) eventError(err error) error {
	wrong := &FormatError{Reason: fmt.Sprintf("event %d of its list has %v", c.eventCount, err)}
	if inner := (*FormatError)(nil); errors.As(err, &inner) {
		wrong.Kind = inner.Kind
	}
	return wrong
}

// unknown records a value that does not belong among events. In a list of events, it is an error.
func (c *fileContents) addUnknown(listed bool, object string) error {
	if listed {
		c.eventCount++
		return c.eventError(&FormatError{Reason: "no type"})
	}
	if c.unknownValueErr == nil {
		c.unknownValueErr = &FormatError{Reason: noListReason + memberList(object)}
		if c.eventCount > 0 {
			c.unknownValueErr.Reason = fmt.Sprintf("the value after event %d is not an event: %s", c.eventCount, shortened(object))
		}
	}
	return nil
}

const noListReason = "it has no list of events"

// membersIn lists the first members of an object.
func memberList(object string) string {
	var names []string
	for name := range members(gjson.Parse(object)) {
		if names = append(names, shortened(name)); len(names) == 4 {
			break
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; it has " + strings.Join(names, ", ")
}

// addPage adds a list of events and records whether another page follows.
func (c *fileContents) addPage(f fields, depth int) error {
	defer c.setEnclosingARN(f)()
	c.addDescriptions(f)
	before := map[*recording]int{}
	for _, r := range c.recordings {
		before[r] = len(r.events)
	}
	if err := c.add(f.list, true, depth+1); err != nil {
		return err
	}
	more := f.token.Str != ""
	for _, r := range c.recordings {
		page := r.events[before[r]:]
		if len(page) == 0 {
			continue
		}
		if c.logContinues = c.logContinues || more && r.fromLog; !r.fromLog && page[0].ID <= page[len(page)-1].ID {
			r.addPageEnd(page[len(page)-1].ID, more)
		}
	}
	return nil
}

// within sets the ARN of the execution that an object is about, either its own or that of the only
// description in it. leave resets the ARN.
func (c *fileContents) setEnclosingARN(f fields) (reset func()) {
	before := c.enclosingARN
	own := fileContents{}
	own.addDescriptions(f)
	switch {
	case f.arn.Str != "":
		c.enclosingARN = f.arn.Str
	case len(own.descriptions) == 1:
		c.enclosingARN = own.descriptions[0].arn
	}
	return func() { c.enclosingARN = before }
}

// addDescriptions adds the execution descriptions that an object holds next to its events.
func (c *fileContents) addDescriptions(f fields) {
	if d, ok := f.description(); ok {
		c.descriptions = append(c.descriptions, d)
	}
	for _, member := range f.others {
		if d, ok := fieldsOf(member.value).description(); ok {
			c.descriptions = append(c.descriptions, d)
		}
	}
}

// addWrapped adds the pages, descriptions and event lists among an object's members, as in
// {"describe": …, "history": …}.
func (c *fileContents) addWrapped(f fields, depth int) (found bool, err error) {
	if depth >= maxDepth {
		return false, nil
	}
	defer c.setEnclosingARN(f)()
	for _, member := range f.others {
		value := member.value
		if inner, ok := jsonIn(value); ok {
			value = inner
		}
		if !holdsEvents(value) {
			continue
		}
		if err := c.add(value, false, depth+1); err != nil {
			return true, err
		}
		found = true
	}
	return found, nil
}

// holdsEvents reports whether a value is a page, a description or a list of events, or wraps one.
func holdsEvents(value gjson.Result) bool {
	if value.IsArray() {
		for _, item := range value.ForEach {
			f := fieldsOf(item)
			return f.list.IsArray() || f.typ.Exists() && f.time.Exists() && (f.id.Exists() || f.previous.Exists())
		}
		return false
	}
	f := fieldsOf(value)
	if _, ok := f.description(); ok || f.list.IsArray() {
		return true
	}
	for _, member := range f.others {
		if member.value.IsObject() && holdsEvents(member.value) {
			return true
		}
	}
	return false
}

// jsonIn returns the object or list that a string contains as JSON.
func jsonIn(value gjson.Result) (gjson.Result, bool) {
	text := strings.TrimSpace(value.Str)
	if value.Type != gjson.String || text == "" || text[0] != '{' && text[0] != '[' || !gjson.Valid(text) {
		return value, false
	}
	return gjson.Parse(text), true
}
