package stacks

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/deployment"
	"retrycatch/lambda"
)

// clones describes copies of the same sources. They differ in everything else.
var clones = []struct {
	name, folder string
	mode         fs.FileMode
	modified     time.Time
	umask, zone  string
}{
	{"usual folder", "retrycatch", 0o644, time.Now(), "022", "UTC"},
	{"deep private folder", "my projects/aws/copy", 0o600,
		time.Date(2001, time.February, 3, 4, 5, 6, 0, time.UTC), "077", "Asia/Tokyo"},
}

// TestUpload compares the uploads of two clones. Neither the function's zip nor the template may
// depend on the folder, the user or the machine. The CDK CLI makes the zip, so the test reads it
// from the upload.
func TestUpload(t *testing.T) {
	t.Parallel()
	files := readSources(t)
	uploads := make([]map[string][]byte, len(clones))
	t.Run("clones", func(t *testing.T) {
		for i, clone := range clones {
			t.Run(clone.name, func(t *testing.T) {
				t.Parallel()
				folder := filepath.Join(t.TempDir(), clone.folder)
				for name, content := range files {
					path := filepath.Join(folder, name)
					if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(path, content, clone.mode); err != nil {
						t.Fatal(err)
					}
					if err := os.Chtimes(path, clone.modified, clone.modified); err != nil {
						t.Fatal(err)
					}
				}
				uploads[i] = upload(t, folder, clone.umask, clone.zone)
				requireFunctionAndTemplate(t, uploads[i])
			})
		}
	})
	if diff := cmp.Diff(checksums(uploads[0]), checksums(uploads[1])); diff != "" {
		t.Errorf("the uploads of the clones differ (-first +second):\n%s", diff)
	}
}

// readSources reads the files for a clone. They include uncommitted changes, but not the files that
// a Makefile target installs or builds.
func readSources(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	repository := os.DirFS("..")
	err := fs.WalkDir(repository, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			generated := slices.Contains([]string{"node_modules", "bin", "cdk.out"}, entry.Name())
			if hidden := strings.HasPrefix(entry.Name(), ".") && path != "."; hidden || generated {
				return fs.SkipDir
			}
			return nil
		}
		if entry.Type().IsRegular() {
			files[path], err = fs.ReadFile(repository, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// upload publishes the assets of a clone with the CDK CLI, and returns the objects that the CDK CLI
// puts into the bucket.
func upload(t *testing.T, folder, umask, zone string) map[string][]byte {
	t.Helper()
	tools, err := filepath.Abs("../node_modules/.bin")
	if err != nil {
		t.Fatal(err)
	}
	cli := filepath.Join(tools, "cdk")
	if _, err := os.Stat(cli); err != nil {
		t.Fatalf("the CDK CLI is not installed: run \"make test-setup\": %v", err)
	}
	account := &fakeAccount{objects: map[string][]byte{}}
	server := httptest.NewServer(account)
	defer server.Close()

	cmd := exec.CommandContext(t.Context(), "sh", "-c", `umask "$0" && exec "$@"`, umask,
		cli, "publish-assets", "--unstable=publish-assets", "--no-notices")
	cmd.Dir = folder
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "AWS_") && !strings.HasPrefix(variable, "CDK_") {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	cmd.Env = append(cmd.Env, "PATH="+tools+string(os.PathListSeparator)+os.Getenv("PATH"), "TZ="+zone,
		"AWS_ENDPOINT_URL="+server.URL, "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1", "AWS_REGION=eu-central-1",
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull,
		"CDK_HOME="+t.TempDir(), "CDK_DISABLE_CLI_TELEMETRY=true", "CDK_DISABLE_VERSION_CHECK=true", "GOPROXY=off",
		"CDK_VALIDATION=false") // skipping the validation saves a second
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return account.objects
}

// fakeAccount simulates the parts of a bootstrapped account that an upload needs. Every read of the
// bucket shows an empty bucket, even after an upload.
type fakeAccount struct {
	lock    sync.Mutex
	objects map[string][]byte
}

func (a *fakeAccount) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case r.Method == http.MethodPut:
		a.lock.Lock()
		defer a.lock.Unlock()
		a.objects[r.URL.Path] = body
	case r.Method == http.MethodGet:
		_, _ = io.WriteString(w, "<ListBucketResult/>")
	case r.Header.Get("X-Amz-Target") == "AmazonSSM.GetParameter":
		_, _ = io.WriteString(w, `{"Parameter":{"Value":"30"}}`) // the version of the bootstrap stack
	case bytes.Contains(body, []byte("Action=GetCallerIdentity")):
		_, _ = io.WriteString(w, "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>000000000000</Account>"+
			"<Arn>arn:aws:iam::000000000000:root</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>")
	default: // denies access to the CDK's roles and stack, so that the CLI uses the caller's keys
		http.Error(w, "", http.StatusForbidden)
	}
}

// requireFunctionAndTemplate checks that the objects are one zip of the function and one template.
func requireFunctionAndTemplate(t *testing.T, objects map[string][]byte) {
	t.Helper()
	var types []string
	for key, object := range objects {
		types = append(types, filepath.Ext(key))
		if filepath.Ext(key) == ".zip" {
			requireZip(t, object)
		}
	}
	if diff := cmp.Diff([]string{".json", ".zip"}, slices.Sorted(slices.Values(types))); diff != "" {
		t.Errorf("the types of the uploaded objects differ (-want +got):\n%sobjects: %q", diff,
			slices.Collect(maps.Keys(objects)))
	}
}

// requireZip checks that a zip holds only the executable that buildExecutable returns, and that
// everyone has permission to run it.
func requireZip(t *testing.T, object []byte) {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(object), int64(len(object)))
	if err != nil {
		t.Fatal(err)
	}
	var entries []string
	for _, file := range archive.File {
		entries = append(entries, file.Mode().String()+" "+file.Name)
	}
	if diff := cmp.Diff([]string{"-rwxr-xr-x bootstrap"}, entries); diff != "" {
		t.Fatalf("the entries of the zip differ (-want +got):\n%s", diff)
	}
	file, err := archive.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	executable, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(executable, buildExecutable(t)) {
		t.Error("the executable in the zip differs from the one built here")
	}
}

// checksums describes each object by its size and hash, for a readable diff.
func checksums(objects map[string][]byte) map[string]string {
	sums := map[string]string{}
	for key, object := range objects {
		sums[key] = fmt.Sprintf("%d bytes, SHA-256 %x", len(object), sha256.Sum256(object))
	}
	return sums
}

// buildExecutable builds the function and returns the executable.
func buildExecutable(t *testing.T) []byte {
	t.Helper()
	folder := t.TempDir()
	if err := lambda.BuildFunction(t.Context(), folder, deployment.ARM64); err != nil {
		t.Fatal(err)
	}
	executable, err := os.ReadFile(filepath.Join(folder, "bootstrap"))
	if err != nil {
		t.Fatal(err)
	}
	return executable
}
