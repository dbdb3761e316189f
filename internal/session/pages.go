package session

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/problem"
)

// maxPages limits the pages of one list. Pages hold 50 to 1,000 entries.
const maxPages = 2000

// EndlessError reports a list whose pages do not lead to its end. Such a list must not count as
// read: an entry that is not in it may exist.
type EndlessError struct {
	Service, Operation string // by the SDK's names
	Reason             string // for example "has more than 2000 pages"
}

func (e *EndlessError) Error() string {
	return "the list of " + Action(e.Service, e.Operation) + " " + e.Reason
}

// explain returns the problem for err, which wraps e.
func (e *EndlessError) explain(err error) *problem.Problem {
	return &problem.Problem{What: "a list does not end", Next: stray, Err: &explained{e.Error(), err}}
}

// list is a partly read list.
type list struct {
	pages  int
	tokens map[string]bool // of the pages so far
}

// tokens holds the fields of the token for the next page, in an operation's output and input.
var tokens = []struct{ out, in []string }{
	{[]string{"NextToken"}, []string{"NextToken"}},
	{[]string{"NextMarker"}, []string{"Marker"}}, // Lambda
	{[]string{"Marker"}, []string{"Marker"}},     // IAM
	// S3
	{[]string{"NextContinuationToken"}, []string{"ContinuationToken"}},
	{[]string{"NextKeyMarker", "NextVersionIdMarker"}, []string{"KeyMarker", "VersionIdMarker"}},
}

// turnPage checks the token for the next page in a page's output. The pointer to the token
// identifies a list, because the SDK's paginators pass it from an output to the next input. So
// concurrent lists of the same operation count separately.
func (l *Limits) turnPage(service, operation string, input, output any) error {
	in, out := reflect.Indirect(reflect.ValueOf(input)), reflect.Indirect(reflect.ValueOf(output))
	if in.Kind() != reflect.Struct || out.Kind() != reflect.Struct {
		return nil
	}
	for _, names := range tokens {
		if !has(in, names.in) || !has(out, names.out) {
			continue
		}
		now, current := token(in, names.in)
		next, following := token(out, names.out)
		cut, marked := truncated(out)
		endless := &EndlessError{Service: service, Operation: operation}
		switch {
		case marked && cut && following == "":
			endless.Reason = "is cut off without a token for its next page"
			return endless
		case following == "" || marked && !cut && service == "S3":
			l.take(now)
			return nil
		}
		endless.Reason = l.goOn(now, current, next, following)
		if endless.Reason != "" {
			return endless
		}
		return nil
	}
	return nil
}

// goOn counts a page that is not the last. It returns the fault of the list, or "".
func (l *Limits) goOn(now *string, current string, next *string, following string) string {
	read := l.take(now)
	if read == nil {
		read = &list{tokens: map[string]bool{current: current != ""}}
	}
	read.pages++
	switch {
	case read.tokens[following]:
		return fmt.Sprintf("repeats the token of an earlier page on page %d", read.pages)
	case read.pages >= l.pages:
		return fmt.Sprintf("has more than %d pages", l.pages)
	}
	read.tokens[following] = true
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lists[next] = read
	return ""
}

// take removes and returns the list that continues with a token, or nil.
func (l *Limits) take(token *string) *list {
	l.mu.Lock()
	defer l.mu.Unlock()
	read := l.lists[token]
	delete(l.lists, token)
	return read
}

func has(structure reflect.Value, fields []string) bool {
	field := structure.FieldByName(fields[0])
	return field.IsValid() && field.Type() == reflect.TypeFor[*string]()
}

// token returns the first field of a token, which identifies the list, and the whole text.
func token(structure reflect.Value, fields []string) (first *string, text string) {
	var parts []string
	for _, field := range fields {
		part, _ := reflect.TypeAssert[*string](structure.FieldByName(field))
		parts = append(parts, aws.ToString(part))
		if first == nil {
			first = part
		}
	}
	return first, strings.TrimRight(strings.Join(parts, "\n"), "\n")
}

// truncated returns the field IsTruncated of an output, if it has one.
func truncated(output reflect.Value) (cut, marked bool) {
	field := output.FieldByName("IsTruncated")
	if field.IsValid() {
		field = reflect.Indirect(field)
	}
	return field.Kind() == reflect.Bool && field.Bool(), field.Kind() == reflect.Bool
}
