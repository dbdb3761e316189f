package session

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestProfiles(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"config": "[default]\nregion = x\n[profile corp]\n [ profile  dev ] # mine\n[sso-session s]\n" +
			"[services t]\n[profile broken\n",
		"credentials": "[old]\naws_access_key_id = x\n[corp]\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(folder, "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(folder, "credentials"))
	if got := strings.Join(Profiles(), " "); got != "corp default dev old" {
		t.Errorf("got the profiles %q, want \"corp default dev old\"", got)
	}
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(folder, "none"))
	if got := strings.Join(Profiles(), " "); got != "corp old" {
		t.Errorf("without the config file: got the profiles %q, want \"corp old\"", got)
	}
}
