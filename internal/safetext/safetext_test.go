package safetext

import "testing"

func TestWord(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"arn:aws:states:eu-west-1:1:execution:a": "arn:aws:states:eu-west-1:1:execution:a",
		"a=b":                                    "a=b", "=ls": "'=ls'", "": "''", "a b": "'a b'",
		"a'b": `'a'\''b'`, "$(a)": "'$(a)'", "~": "'~'",
	} {
		if got := Word(text); got != want {
			t.Errorf("Word(%q) = %s, want %s", text, got, want)
		}
	}
}
