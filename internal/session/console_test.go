package session

import (
	"cmp"
	"testing"
)

func TestExecutionURL(t *testing.T) {
	const arn = "arn:aws:states:eu-west-1:111122223333:execution:M:a"
	const page = "/states/home?region=eu-west-1#/v2/executions/details/" + arn
	profile := func(lines string) string { return "[profile p]\nregion = eu-west-1\n" + lines }
	for _, test := range []struct {
		name, partition string
		config          string // added to the profile p
		variable, value string
		want            string
	}{
		{name: "aws", want: "https://eu-west-1.console.aws.amazon.com" + page},
		{name: "china", partition: "aws-cn", want: "https://eu-west-1.console.amazonaws.cn" + page},
		{name: "govcloud", partition: "aws-us-gov", want: "https://eu-west-1.console.amazonaws-us-gov.com" + page},
		{name: "unknown console", partition: "aws-iso"},
		{name: "AWS_ENDPOINT_URL", variable: "AWS_ENDPOINT_URL", value: "http://localhost:4566"},
		{name: "endpoint variable of Step Functions", variable: "AWS_ENDPOINT_URL_SFN", value: "http://localhost:4566"},
		{name: "endpoint variable of S3", variable: "AWS_ENDPOINT_URL_S3", value: "http://localhost:4566",
			want: "https://eu-west-1.console.aws.amazon.com" + page},
		{name: "profile", config: "endpoint_url = http://localhost:4566\n"},
		{name: "services section of the profile",
			config: "services = local\n[services local]\nsfn =\n  endpoint_url = http://localhost:4566\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			isolate(t, profile(test.config))
			if test.variable != "" {
				t.Setenv(test.variable, test.value)
			}
			access := load(t, Options{Profile: "p"})
			s := &Session{Config: access.config, Account: "111122223333",
				Caller: "arn:" + cmp.Or(test.partition, "aws") + ":iam::111122223333:user/x"}
			if got := s.ExecutionURL(arn); got != test.want || s.HasConsole() != (test.want != "") {
				t.Errorf("got the URL %q (HasConsole: %t), want %q", got, s.HasConsole(), test.want)
			}
		})
	}
}
