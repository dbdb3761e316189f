package session

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/problem"
)

// maxPages limits the pages of one list. A page holds 50 to 1,000 entries.
const maxPages = 2000

// IncompleteListError reports a list whose last page was not reached. An entry that is missing from
// the pages may still exist.
type IncompleteListError struct {
	Service, Operation string // the SDK's names
	Reason             string // for example "has more than 2000 pages"
}

func (e *IncompleteListError) Error() string {
	return "the list of " + Action(e.Service, e.Operation) + " " + e.Reason
}

// explain returns the problem for err, which wraps e.
func (e *IncompleteListError) explain(err error) *problem.Problem {
	return &problem.Problem{What: "a list is incomplete", Next: nextCheckProxy, Err: &explained{e.Error(), err}}
}

// list records the pages read from an unfinished list.
type list struct {
	pages  int             // read so far
	tokens map[string]bool // seen so far
}

// tokenFields holds the names of the fields that contain the token for the next page: in the output
// of an operation, and in its next input.
var tokenFields = []struct{ out, in []string }{
	{[]string{"NextToken"}, []string{"NextToken"}},
	{[]string{"NextMarker"}, []string{"Marker"}}, // Lambda
	{[]string{"Marker"}, []string{"Marker"}},     // IAM
	// S3
	{[]string{"NextContinuationToken"}, []string{"ContinuationToken"}},
	{[]string{"NextKeyMarker", "NextVersionIdMarker"}, []string{"KeyMarker", "VersionIdMarker"}},
}

// checkPage checks the token for the next page in an output. A paginator of the SDK puts the
// output's pointer to the token into the next input, so checkPage identifies a list by this
// pointer. Concurrent lists of the same operation therefore count separately.
func (l *Limits) checkPage(service, operation string, input, output any) error {
	in, out := reflect.Indirect(reflect.ValueOf(input)), reflect.Indirect(reflect.ValueOf(output))
	if in.Kind() != reflect.Struct || out.Kind() != reflect.Struct {
		return nil
	}
	for _, fields := range tokenFields {
		if !hasToken(in, fields.in) || !hasToken(out, fields.out) {
			continue
		}
		current, next := readToken(in, fields.in), readToken(out, fields.out)
		isTruncated, known := truncated(out)
		incomplete := &IncompleteListError{Service: service, Operation: operation}
		switch {
		case known && isTruncated && next.text == "":
			incomplete.Reason = "is truncated, but has no token for the next page"
			return incomplete
		case next.text == "" || known && !isTruncated && service == "S3":
			l.takeList(current)
			return nil
		}
		incomplete.Reason = l.countPage(current, next)
		if incomplete.Reason != "" {
			return incomplete
		}
		return nil
	}
	return nil
}

// countPage counts a page that is not the last. It returns the reason why the list cannot be
// completed, or "".
func (l *Limits) countPage(current, next token) string {
	unfinished := l.takeList(current)
	if unfinished == nil {
		unfinished = &list{tokens: map[string]bool{current.text: current.text != ""}}
	}
	unfinished.pages++
	switch {
	case unfinished.tokens[next.text]:
		return fmt.Sprintf("has the same token on page %d as on an earlier page", unfinished.pages)
	case unfinished.pages >= l.maxPages:
		return fmt.Sprintf("has more than %d pages", l.maxPages)
	}
	unfinished.tokens[next.text] = true
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lists[next.pointer] = unfinished
	return ""
}

// takeList removes and returns the unfinished list whose next page has this token. It returns nil
// if there is no such list.
func (l *Limits) takeList(nextPage token) *list {
	l.mu.Lock()
	defer l.mu.Unlock()
	unfinished := l.lists[nextPage.pointer]
	delete(l.lists, nextPage.pointer)
	return unfinished
}

func hasToken(structure reflect.Value, fields []string) bool {
	field := structure.FieldByName(fields[0])
	return field.IsValid() && field.Type() == reflect.TypeFor[*string]()
}

// token identifies a page of a list.
type token struct {
	pointer *string // the token's first field that is set; identifies the list
	text    string  // all fields of the token
}

func readToken(structure reflect.Value, fields []string) token {
	var pointer *string
	var parts []string
	for _, field := range fields {
		part, _ := reflect.TypeAssert[*string](structure.FieldByName(field))
		parts = append(parts, aws.ToString(part))
		if pointer == nil {
			pointer = part
		}
	}
	return token{pointer, strings.TrimRight(strings.Join(parts, "\n"), "\n")}
}

// truncated returns the field IsTruncated of an output. known reports whether the output has this
// field.
func truncated(output reflect.Value) (isTruncated, known bool) {
	field := output.FieldByName("IsTruncated")
	if field.IsValid() {
		field = reflect.Indirect(field)
	}
	return field.Kind() == reflect.Bool && field.Bool(), field.Kind() == reflect.Bool
}
