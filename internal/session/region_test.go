package session

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/awsstub"
)

func TestCheckRegion(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, region, want string }{
		{"blank", "  ", "no region is set"},
		{"trailing space", "eu-west-1 ", `"eu-west-1 " is not a valid region name`},
		{"availability zone", "eu-west-1a", `"eu-west-1a" is not a valid region name`},
		{"missing hyphens", "euwest1", `"euwest1" is not a valid region name`},
		{"upper case", "EU-WEST-1", `"EU-WEST-1" is not a valid region name`},
		{"GovCloud", "us-gov-west-1", ""},
		{"China", "cn-northwest-1", ""},
		{"isolated partition", "us-isob-east-1", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := CheckRegion(test.region)
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			requireProblems(t, err, test.want)
		})
	}
}

func TestRegionNotEnabled(t *testing.T) {
	t.Parallel()
	unknown := awsstub.Error(http.StatusForbidden, "InvalidClientTokenId", "The security token is invalid")
	known := awsstub.XML("<Account>111122223333</Account><Arn>arn</Arn><UserId>U</UserId>")
	tests := []struct {
		name    string
		token   string // session token
		answers []awsstub.Answer
		what    string
		next    string // prefix
	}{
		{"disabled region", "", []awsstub.Answer{unknown, known},
			"the region af-south-1 is not enabled in the account 111122223333; use --region to select another region",
			"aws account enable-region --region-name af-south-1 --region us-east-1"},
		{"session token", "token", []awsstub.Answer{unknown, known},
			"the region af-south-1 is not enabled in the account 111122223333, or the session token comes from the global " +
				"endpoint of STS, whose tokens are valid only in regions that are enabled by default; use --region to select " +
				"another region", "aws account get-region-opt-status --region-name af-south-1 --region us-east-1"},
		{"unknown key", "", []awsstub.Answer{unknown}, "AWS does not recognize the access key", "check the keys"},
		{"no response from us-east-1", "", []awsstub.Answer{unknown, awsstub.ConnectionError("no route")},
			"AWS does not recognize the access key, or the region is not enabled in the account", "check the keys"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cfg := awsstub.New(t).On(callerIdentity, test.answers...).Config()
			cfg.Region = "af-south-1"
			cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: awsstub.Secret, SessionToken: test.token}, nil
			})
			_, err := Check(t.Context(), cfg)
			requireProblems(t, err, test.what)
			if next := problemsOf(t, err)[0].Next; !strings.HasPrefix(next, test.next) {
				t.Errorf("got the next step %q, want the prefix %q", next, test.next)
			}
		})
	}
}
