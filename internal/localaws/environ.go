package localaws

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"retrycatch/internal/deployment"
)

// Environ returns an environment in which tools reach only this server. It is the environment of
// this process, but with the server's settings for the AWS SDKs and the CDK CLI. The user's
// settings could select another endpoint, profile, role or session:
// https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
func (s *Server) Environ() []string {
	var environ []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if !IsManaged(name) {
			environ = append(environ, variable)
		}
	}
	return append(environ, s.settings()...)
}

// Enter replaces the environment of this process with Environ.
func (s *Server) Enter() error {
	environ := s.Environ()
	os.Clearenv()
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("cannot set %s: %w", name, err)
		}
	}
	return nil
}

// IsManaged reports whether Environ removes or replaces a variable.
func IsManaged(name string) bool {
	return strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "CDK_") ||
		strings.EqualFold(name, "no_proxy")
}

func (s *Server) settings() []string {
	noProxy := "127.0.0.1,localhost"
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		if value := os.Getenv(name); value != "" {
			noProxy += "," + value
			break
		}
	}
	settings := append([]string{}, s.keys...)
	if bundle := os.Getenv("AWS_CA_BUNDLE"); bundle != "" {
		settings = append(settings, "AWS_CA_BUNDLE="+bundle) // certificates for an https URL in AWS_ENDPOINT_URL
	}
	return append(settings,
		"AWS_ENDPOINT_URL="+s.Endpoint,
		"AWS_REGION="+s.Region,
		"AWS_DEFAULT_REGION="+s.Region,
		"AWS_CONFIG_FILE="+s.configFile(),
		"AWS_SHARED_CREDENTIALS_FILE="+s.configFile(),
		"AWS_EC2_METADATA_DISABLED=true",
		// The CDK CLI caches account numbers in CDK_HOME. This folder keeps them apart from the
		// numbers of real accounts.
		"CDK_HOME="+filepath.Join(s.folder, "cdk"),
		"CDK_CONTEXT="+deployment.OptionArchitecture+"="+string(deployment.HostArchitecture()),
		// These override a profile or a region in cdk.json.
		"CDK_PROFILE=",
		"CDK_REGION="+s.Region,
		// This folder keeps the templates apart from templates for real accounts and other servers.
		"CDK_OUTPUT="+filepath.Join(s.folder, "cdk.out"),
		"CDK_NOTICES=false",
		"CDK_DISABLE_CLI_TELEMETRY=true",
		"CDK_DISABLE_VERSION_CHECK=true",
		"NO_PROXY="+noProxy,
		"no_proxy="+noProxy,
	)
}

func (s *Server) configFile() string { return filepath.Join(s.folder, "empty-aws-config") }
