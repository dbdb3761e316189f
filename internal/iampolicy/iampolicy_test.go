package iampolicy

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const rolesStatement = `{"Sid": "Roles", "Effect": "Allow", "Action": ["iam:GetRole", "iam:DeleteRole"],
	"Resource": ["arn:aws:iam::*:role/my?ole", "arn:aws:iam::*:role/other.*"]}`

func readPolicy(t *testing.T, statements string) (Policy, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "policy.json")
	if err := os.WriteFile(file, []byte(`{"Version": "2012-10-17", "Statement": [`+statements+`]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return Read(file)
}

func TestRead(t *testing.T) {
	t.Parallel()
	for name, statements := range map[string]string{
		"not JSON":    `{`,
		"Deny":        `{"Sid": "S", "Effect": "Deny", "Action": ["a"], "Resource": ["*"]}`,
		"no Sid":      `{"Effect": "Allow", "Action": ["a"], "Resource": ["*"]}`,
		"no action":   `{"Sid": "S", "Effect": "Allow", "Action": [], "Resource": ["*"]}`,
		"no resource": `{"Sid": "S", "Effect": "Allow", "Action": ["a"]}`,
		"NotAction":   `{"Sid": "S", "Effect": "Allow", "NotAction": ["a"], "Action": ["b"], "Resource": ["*"]}`,
		"string":      `{"Sid": "S", "Effect": "Allow", "Action": "a", "Resource": ["*"]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if p, err := readPolicy(t, rolesStatement+", "+statements); err == nil {
				t.Errorf("got %+v, want an error", p)
			}
		})
	}
	if _, err := Read(filepath.Join(t.TempDir(), "missing")); !os.IsNotExist(err) {
		t.Errorf("missing file: got error %v, want one for a missing file", err)
	}
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	p, err := readPolicy(t, rolesStatement+`,
		{"Sid": "List", "Effect": "Allow", "Action": ["iam:ListRoles"], "Resource": ["*"]}`)
	if err != nil {
		t.Fatal(err)
	}
	const account = "arn:aws:iam::111122223333:role/"
	for _, test := range []struct {
		action, resource string
		want             bool
	}{
		{"iam:GetRole", account + "myRole", true},
		{"iam:DeleteRole", account + "other.role", true},
		{"iam:GetRole", account + "otherrole", false}, // a dot is not a wildcard
		{"iam:GetRole", account + "myole", false},
		{"iam:GetRole", account + "myRoles", false},
		{"iam:GetRole", "x" + account + "myRole", false},
		{"iam:PutRolePolicy", account + "myRole", false},
		{"iam:ListRoles", "*", true},
		{"iam:GetRole", "*", false},
	} {
		if got := p.Allows(test.action, test.resource); got != test.want {
			t.Errorf("%s on %s: got allowed %t, want %t", test.action, test.resource, got, test.want)
		}
	}
	if diff := cmp.Diff([]string{"iam:DeleteRole", "iam:GetRole", "iam:ListRoles"}, p.Actions()); diff != "" {
		t.Errorf("the actions differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"iam:ListRoles"}, p.Actions("Roles")); diff != "" {
		t.Errorf("the actions without the statement Roles differ (-want +got):\n%s", diff)
	}
}
