package session

import (
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// consoleDomains maps a partition to the domain of its console:
// https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/using-govcloud.html
// https://docs.amazonaws.cn/en_us/aws/latest/userguide/introduction.html
var consoleDomains = map[string]string{
	"aws":        "console.aws.amazon.com",
	"aws-cn":     "console.amazonaws.cn",
	"aws-us-gov": "console.amazonaws-us-gov.com",
}

// HasConsole reports whether the AWS console shows the session's resources. The console does not
// show resources at a custom endpoint, such as a local AWS:
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
func (s *Session) HasConsole() bool { return s.consoleDomain() != "" }

// ExecutionURL returns the URL of an execution's page in the AWS console, or "" if the console does
// not show the execution.
func (s *Session) ExecutionURL(executionARN string) string {
	domain := s.consoleDomain()
	if domain == "" {
		return ""
	}
	return "https://" + s.Region() + "." + domain + "/states/home?region=" + s.Region() +
		"#/v2/executions/details/" + executionARN
}

// consoleDomain returns the domain of the console, or "" if the console does not show the session's
// resources. An SDK client has a BaseEndpoint if AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SFN or the
// profile sets a custom endpoint.
func (s *Session) consoleDomain() string {
	caller, err := arn.Parse(s.Caller)
	if err != nil || sfn.NewFromConfig(s.Config).Options().BaseEndpoint != nil {
		return ""
	}
	return consoleDomains[caller.Partition]
}
