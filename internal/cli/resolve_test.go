package cli

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/problem"
)

// listPage returns a page of SFN.ListExecutions. An execution whose name ends with "newest"
// started last.
func listPage(next string, names ...string) awsstub.Answer {
	var items []string
	for _, name := range names {
		start := 1
		if strings.HasSuffix(name, "newest") {
			start = 2
		}
		items = append(
			items,
			fmt.Sprintf(`{"executionArn": %q, "name": %q, "status": "FAILED", "startDate": %d, "stateMachineArn": "s"}`,
				executionPrefix+name, name, start),
		)
	}
	token := ""
	if next != "" {
		token = fmt.Sprintf(`, "nextToken": %q`, next)
	}
	return awsstub.JSON(`{"executions": [` + strings.Join(items, ",") + `]` + token + `}`)
}

// distinctNames returns n different names.
func distinctNames(n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("n%d", i))
	}
	return names
}

func TestResolve(t *testing.T) {
	t.Parallel()
	const hint = "; use a name, a unique prefix or suffix of a name, or latest"
	matchLines := func(names ...string) string {
		return "\n  " + strings.Join(names, ", started 1970-01-01 00:00:01 UTC\n  ") + ", started 1970-01-01 00:00:01 UTC"
	}
	tests := []struct {
		name, fragment string
		pages          []awsstub.Answer
		want           string // the name of the execution, or the error
		next           string
		calls          int
	}{
		{"prefix", "429-2", []awsstub.Answer{listPage("", "429-2-x", "200-1-y")}, "429-2-x", "", 1},
		{"suffix", "1-y", []awsstub.Answer{listPage("", "429-2-x", "200-1-y")}, "200-1-y", "", 1},
		{"middle of another name", "200", []awsstub.Answer{listPage("", "429-2-200-x", "200-1-y")}, "200-1-y", "", 1},
		{"prefix and suffix of the same name", "a", []awsstub.Answer{listPage("", "aba", "b")}, "aba", "", 1},
		{"match on the last page", "b", []awsstub.Answer{listPage("2", "x"), listPage("", "b-1")}, "b-1", "", 2},
		{"two matches", "429", []awsstub.Answer{listPage("2", "429-b", "429-a"), listPage("", "429-c")},
			`more than one execution name begins or ends with "429"; newest first:` + matchLines("429-b", "429-a"),
			"retrycatch inspect 429-b --events --region eu-west-1", 1},
		{"two matches on different pages", "429", []awsstub.Answer{listPage("2", "429-b"), listPage("", "429-a")},
			`more than one execution name begins or ends with "429"; newest first:` + matchLines("429-b", "429-a"),
			"retrycatch inspect 429-b --events --region eu-west-1", 2},
		{
			"more matches than the error lists",
			"n",
			[]awsstub.Answer{listPage("", distinctNames(7)...)},
			`more than one execution name begins or ends with "n"; newest first:` +
				matchLines("n0", "n1", "n2", "n3", "n4") +
				"\n  and 2 others",
			"retrycatch inspect n0 --events --region eu-west-1",
			1,
		},
		{
			"unread pages after the matches",
			"n",
			[]awsstub.Answer{listPage("2", distinctNames(6)...)},
			`more than one execution name begins or ends with "n"; newest first:` +
				matchLines("n0", "n1", "n2", "n3", "n4") +
				"\n  and at least 1 other",
			"retrycatch inspect n0 --events --region eu-west-1",
			1,
		},
		{"newest match listed last", "429", []awsstub.Answer{listPage("", "429-a", "429-newest")},
			`more than one execution name begins or ends with "429"; newest first:` +
				"\n  429-newest, started 1970-01-01 00:00:02 UTC\n  429-a, started 1970-01-01 00:00:01 UTC",
			"retrycatch inspect 429-newest --events --region eu-west-1", 1},
		{
			"one match in an incomplete search",
			"503-",
			[]awsstub.Answer{listPage("2", append(distinctNames(999), "503-a")...), listPage("3", distinctNames(1000)...)},
			`503-a is the only match for "503-" in the newest 10000 executions, but older executions were not searched`,
			"retrycatch inspect 503-a --events --region eu-west-1",
			10,
		},
		{
			"no match",
			"429",
			[]awsstub.Answer{listPage("", "200-a")},
			`there is no execution "429"` + hint,
			"retrycatch executions --region eu-west-1",
			1,
		},
		{
			"empty name",
			"",
			[]awsstub.Answer{listPage("", "200-a")},
			`there is no execution ""` + hint,
			"retrycatch executions --region eu-west-1",
			1,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On("SFN.ListExecutions", test.pages...)
			c, _, stderr := consoleOf("")
			subject := targetIn("eu-west-1", stub)
			a := &app{console: c, args: []string{"inspect", test.fragment, "--events"}, opened: subject}
			item, err := a.resolve(t.Context(), subject, awsstub.StateMachineARN, test.fragment, nil)
			got, next := aws.ToString(item.Name), ""
			if p := (*problem.Problem)(nil); errors.As(err, &p) {
				got, next = p.What, p.Next
			}
			message := ""
			if err == nil {
				message = test.fragment + " matches the execution " + test.want + ".\n"
			}
			if got != test.want || next != test.next || stderr.String() != message ||
				len(stub.Calls()) != test.calls {
				t.Errorf("got %q, next step %q, error %v, %d calls and message %q\nwant %q, %q, %d calls and %q", got, next,
					err, len(stub.Calls()), stderr, test.want, test.next, test.calls, message)
			}
		})
	}
}

// A report resolves partial names with the list that it has already read.
func TestResolveAmongListed(t *testing.T) {
	t.Parallel()
	stub := stubWithExecutions(t, "429-c", "503-b", "200-a")
	items, err := silentApp().selectExecutions(
		t.Context(),
		targetIn("eu-west-1", stub),
		awsstub.StateMachineARN,
		reportOptions{named: []string{"429", "-a", "503-b"}},
	)
	if err != nil || len(items) != 3 || *items[0].Name != "429-c" || *items[1].Name != "200-a" ||
		*items[2].Name != "503-b" {
		t.Fatalf("got %v and error %v, want 429-c, 200-a and 503-b", items, err)
	}
	if n := len(stub.Inputs("SFN.ListExecutions")); n != 1 {
		t.Errorf("got %d calls to ListExecutions, want 1", n)
	}
	stub.On("SFN.ListExecutions", awsstub.Error(http.StatusBadRequest, "AccessDeniedException", "no"))
	_, err = silentApp().findExecution(t.Context(), targetIn("eu-west-1", stub), awsstub.StateMachineARN, "429")
	if err == nil ||
		!strings.Contains(err.Error(), `there is no execution "429"`) || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("denied list: got error %v, want an unknown execution and an access-denied error", err)
	}
}
