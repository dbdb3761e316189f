package form

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 60)
	for name, test := range map[string]struct {
		source string
		faults []string
	}{
		"clean":      {"// f returns.\nfunc f() {}", nil},
		"no comment": {"func f() {}", nil},
		"long comment": {"// f returns " + long + " " + long + ".\nfunc f() {}",
			[]string{"x_test.go:3: the comment has 135 characters, want at most 100"}},
		"long URL": {"// https://" + long + long + "\n\nfunc f() {}", nil},
		"wrong name": {"// g returns.\nfunc f() {}",
			[]string{`x_test.go:4: the comment of f begins with "g", want "f"`}},
		"no verb": {"// f is a function.\nfunc f() {}",
			[]string{`x_test.go:4: the comment of f begins with "f is", want an action, as in "f returns"`}},
		"long test name": {"func Test" + long + "(t *testing.T) {}",
			[]string{"x_test.go:3: the name Test" + long + " has 64 characters, want at most 60"}},
		"long argument of t.Run": {"func TestF(t *testing.T) { t.Run(`" + long + "`, nil) }",
			[]string{"x_test.go:3: the name TestF/" + long + " has 66 characters, want at most 60"}},
		"long key of a map": {
			"func TestF(t *testing.T) { for name := range map[string]int{`" + long + "`: 1} { t.Run(name, nil) } }",
			[]string{"x_test.go:3: the name TestF/" + long + " has 66 characters, want at most 60"}},
		"long element of a list": {
			"func TestF(t *testing.T) { for _, name := range []string{`" + long + "`} { t.Run(name, nil) } }",
			[]string{"x_test.go:3: the name TestF/" + long + " has 66 characters, want at most 60"}},
		"long field of a table": {"func TestF(t *testing.T) { rows := []struct{ n int; name string }{{1, `" + long + "`}}\n" +
			"for _, row := range rows { t.Run(row.name, nil) } }",
			[]string{"x_test.go:3: the name TestF/" + long + " has 66 characters, want at most 60"}},
		"long field with a key": {"func TestF(t *testing.T) { for _, row := range []row{{name: `" + long + "`}} " +
			"{ t.Run(row.name, nil) } }",
			[]string{"x_test.go:3: the name TestF/" + long + " has 66 characters, want at most 60"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults, err := check("x_test.go", []byte("package x\n\n"+test.source))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.faults, faults); diff != "" {
				t.Errorf("the faults differ (-want +got):\n%s", diff)
			}
		})
	}
}
