package session

import (
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// consoles holds the domains of the console by partition:
// https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/using-govcloud.html
// https://docs.amazonaws.cn/en_us/aws/latest/userguide/introduction.html
var consoles = map[string]string{
	"aws":        "console.aws.amazon.com",
	"aws-cn":     "console.amazonaws.cn",
	"aws-us-gov": "console.amazonaws-us-gov.com",
}

// HasConsole reports whether AWS's console shows the resources of the session. It does not show
// those at an endpoint in the settings, such as a local AWS:
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
func (s *Session) HasConsole() bool { return s.console() != "" }

// ExecutionURL returns the address of the console's page about an execution, or "" if the console
// does not show it.
func (s *Session) ExecutionURL(executionARN string) string {
	domain := s.console()
	if domain == "" {
		return ""
	}
	return "https://" + s.Region() + "." + domain + "/states/home?region=" + s.Region() +
		"#/v2/executions/details/" + executionARN
}

// console returns the domain of the console, or "". A client knows its endpoint from
// AWS_ENDPOINT_URL, from the variable of its service, and from the profile.
func (s *Session) console() string {
	caller, err := arn.Parse(s.Caller)
	if err != nil || sfn.NewFromConfig(s.Config).Options().BaseEndpoint != nil {
		return ""
	}
	return consoles[caller.Partition]
}
