package localaws

import (
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/deployment"
)

// realAccountSettings has settings of every kind that could lead the SDKs to a real account.
var realAccountSettings = map[string]string{
	"AWS_PROFILE":                            "production",
	"AWS_DEFAULT_PROFILE":                    "production",
	"AWS_SESSION_TOKEN":                      "token",
	"AWS_ROLE_ARN":                           "arn:aws:iam::111111111111:role/admin",
	"AWS_WEB_IDENTITY_TOKEN_FILE":            "/token",
	"AWS_CONTAINER_CREDENTIALS_FULL_URI":     "http://127.0.0.1:1/credentials",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/credentials",
	"AWS_ENDPOINT_URL_IAM":                   "https://iam.amazonaws.com",
	"AWS_ENDPOINT_URL_CLOUDFORMATION":        "https://cloudformation.us-east-1.amazonaws.com",
	"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS":    "true",
	"AWS_USE_FIPS_ENDPOINT":                  "true",
	"AWS_CONFIG_FILE":                        "/home/user/.aws/config",
	"AWS_REGION":                             "ap-southeast-2",
	"CDK_PROFILE":                            "production",
	"CDK_ROLE_ARN":                           "arn:aws:iam::111111111111:role/deploy",
	"CDK_DEFAULT_ACCOUNT":                    "111111111111",
	"HTTPS_PROXY":                            "http://proxy.example:3128",
	"NO_PROXY":                               "example.com",
}

// newEndpoint returns the URL of an endpoint that accepts connections.
func newEndpoint(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return "http://" + listener.Addr().String()
}

func TestEnviron(t *testing.T) {
	for name, value := range realAccountSettings {
		t.Setenv(name, value)
	}
	endpoint := newEndpoint(t)
	t.Setenv("AWS_ENDPOINT_URL", endpoint)
	server := mustOpen(t)
	if server.Started() {
		t.Error("Open started a server despite AWS_ENDPOINT_URL")
	}

	got := map[string]string{}
	for _, variable := range server.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		got[name] = value
	}
	allowed := map[string]string{
		"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
		"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": server.configFile(), "AWS_SHARED_CREDENTIALS_FILE": server.configFile(),
		"CDK_HOME": server.folder + "/cdk", "CDK_OUTPUT": server.folder + "/cdk.out",
		"CDK_CONTEXT": "architecture=" + string(deployment.HostArchitecture()),
		"CDK_PROFILE": "", "CDK_REGION": server.Region, "CDK_NOTICES": "false",
		"CDK_DISABLE_CLI_TELEMETRY": "true", "CDK_DISABLE_VERSION_CHECK": "true",
	}
	if bundle := os.Getenv("AWS_CA_BUNDLE"); bundle != "" {
		allowed["AWS_CA_BUNDLE"] = bundle
	}
	for name, value := range got {
		if (strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "CDK_")) && allowed[name] != value {
			t.Errorf("the environment contains %s=%s, which is not allowed", name, value)
		}
	}
	for name, value := range allowed {
		if got[name] != value {
			t.Errorf("%s: got %q, want %q", name, got[name], value)
		}
	}
	if want := "127.0.0.1,localhost,example.com"; got["NO_PROXY"] != want || got["no_proxy"] != want {
		t.Errorf("got NO_PROXY %q and no_proxy %q, want %q", got["NO_PROXY"], got["no_proxy"], want)
	}
	if content, err := os.ReadFile(server.configFile()); err != nil || len(content) > 0 {
		t.Errorf("got configuration file %q (%v), want it empty", content, err)
	}
}

func TestEnter(t *testing.T) {
	for name, value := range realAccountSettings {
		t.Setenv(name, value)
	}
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, certificate(t), 0o600); err != nil {
		t.Fatal(err)
	}
	server := mustOpen(t)
	for _, setting := range server.settings() {
		name, _, _ := strings.Cut(setting, "=")
		t.Setenv(name, "replaced by Enter") // after the test, t.Setenv restores the variable
	}
	t.Setenv("NO_PROXY", "example.com")
	t.Setenv("AWS_CA_BUNDLE", bundle)
	want := server.Environ()
	if err := server.Enter(); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	identity, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if *identity.Account != server.Account {
		t.Errorf("got account %s, want %s", *identity.Account, server.Account)
	}
	// realAccountSettings has a separate endpoint for IAM, which must not be used.
	if _, err := iam.NewFromConfig(cfg).ListRoles(t.Context(), nil); err != nil {
		t.Errorf("IAM call to the local AWS: got error %v", err)
	}
	// Child processes have the same environment.
	output, err := exec.Command("env").Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(string(output)), "\n")
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("environments of Environ and a child process differ (-want +got):\n%s", diff)
	}
	for line := range strings.SplitSeq(string(output), "\n") {
		for _, text := range []string{"production", "amazonaws.com", "111111111111"} {
			if strings.Contains(line, text) {
				t.Errorf("the environment of a child process contains %s", line)
			}
		}
	}
}

// certificate returns a certificate as PEM.
func certificate(t *testing.T) []byte {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
}

func TestEnvironUserKeys(t *testing.T) {
	t.Setenv("AWS_ENDPOINT_URL", newEndpoint(t))
	t.Setenv("AWS_ACCESS_KEY_ID", "mine")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_SESSION_TOKEN", "")
	environ := strings.Join(mustOpen(t).Environ(), "\n")
	for _, want := range []string{"AWS_ACCESS_KEY_ID=mine", "AWS_SECRET_ACCESS_KEY=secret"} {
		if !strings.Contains(environ, want) {
			t.Errorf("got environment\n%s\nwant it to contain %s", environ, want)
		}
	}
}

func TestOpenEndpointFails(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + listener.Addr().String()
	listener.Close()
	for name, test := range map[string]struct{ endpoint, want string }{
		"AWS":                    {"https://cloudformation.us-east-1.amazonaws.com", "is an AWS endpoint"},
		"AWS in capital letters": {"https://STS.AMAZONAWS.COM.:443", "is an AWS endpoint"},
		"AWS in China":           {"https://states.cn-north-1.amazonaws.com.cn", "is an AWS endpoint"},
		"dual-stack AWS":         {"https://lambda.eu-west-1.api.aws", "is an AWS endpoint"},
		"no scheme":              {"localhost:4566", "is not a valid URL"},
		"other scheme":           {"ftp://localhost", "is not a valid URL"},
		"invalid":                {"http://[", "is not a valid URL"},
		"closed port":            {closed, "no response from"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AWS_ENDPOINT_URL", test.endpoint)
			server, err := Open(t.Context(), Options{Project: project, Region: "eu-west-1"})
			if err == nil {
				server.Close()
				t.Fatal("got no error")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %q, want it to contain %q", err, test.want)
			}
		})
	}
}
