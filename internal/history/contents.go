package history

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// maxDepth is the maximum number of objects, lists and JSON strings that enclose a history.
const maxDepth = 6

// fileContents holds the recordings, descriptions and other values of a file.
type fileContents struct {
	recordings      []*recording
	descriptions    []description
	eventCount      int          // number of events read so far
	listCount       int          // number of lists of events, including empty lists
	logContinues    bool         // the last pages of a log are missing
	enclosingARN    string       // execution ARN of the object that contains the events, if it has one
	notHistoryErr   *FormatError // describes a recognized value that is not a history
	unknownValueErr *FormatError // describes the first value of an unknown kind
}

// recordingOf returns the recording of an execution. It adds the recording if the execution is new.
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

func (c *fileContents) addText(text string) error {
	return c.add(gjson.Parse(text), false, 0)
}

// add adds a value. listed reports whether the value is in a list, where an unknown value is an
// error.
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
	fromLambda := strings.HasPrefix(f.typ.Str, "platform.")
	if f.typ.Exists() && !fromLambda && (listed || f.time.Exists()) {
		return c.addEvent(f)
	}
	if rows, ok := f.insightsRows(); ok {
		return c.addRows(rows, depth)
	}
	if err := f.notHistoryError(); err != nil {
		c.notHistoryErr = err
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

// eventError adds the position of the current event to an error.
func (c *fileContents) eventError(err error) error {
	withPosition := &FormatError{Reason: fmt.Sprintf("event %d in the list has %v", c.eventCount, err)}
	if inner := (*FormatError)(nil); errors.As(err, &inner) {
		withPosition.Kind = inner.Kind
	}
	return withPosition
}

// addUnknown records a value of an unknown kind. In a list, such a value is an error.
func (c *fileContents) addUnknown(listed bool, object string) error {
	if listed {
		c.eventCount++
		return c.eventError(&FormatError{Reason: "no type"})
	}
	if c.unknownValueErr == nil {
		c.unknownValueErr = &FormatError{Reason: noListReason + memberList(object)}
		if c.eventCount > 0 {
			c.unknownValueErr.Reason = fmt.Sprintf("the value after event %d is not an event: %s",
				c.eventCount, shortened(object))
		}
	}
	return nil
}

const noListReason = "it has no list of events"

// memberList returns a clause with the names of an object's first members.
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
	return "; its members: " + strings.Join(names, ", ")
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

// setEnclosingARN sets enclosingARN to the ARN of an object, or else to the ARN of the only
// description in the object. reset restores the previous ARN.
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

// addDescriptions adds the execution descriptions that an object contains next to its events.
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

// addWrapped adds the pages, descriptions and lists of events among an object's members, as in
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

// holdsEvents reports whether a value is or contains a page, a description or a list of events.
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
