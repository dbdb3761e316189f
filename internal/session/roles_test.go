package session

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
)

const callerKey = "AKIDEXAMPLE" // the caller's access key, from the stub's configuration

var testRoles = BootstrapRoles{Partition: "aws", Account: awsstub.Account, Region: awsstub.Region,
	Qualifier: "hnb659fds"}

// rolesStub returns a stub that denies every call for which denies(call) is true. The access key of
// a role is the kind of the role. The caller is not allowed to assume the roles whose kinds are in
// forbidden.
func rolesStub(t *testing.T, denies func(call awsstub.Call) bool, forbidden ...string) *awsstub.Stub {
	stub := awsstub.New(t)
	stub.On("STS.AssumeRole", func(call awsstub.Call) (*http.Response, error) {
		arn := *call.Input.(*sts.AssumeRoleInput).RoleArn
		for _, kind := range []string{"lookup", "deploy"} {
			roleARN := "arn:aws:iam::111122223333:role/cdk-hnb659fds-" + kind + "-role-111122223333-eu-west-1"
			if arn == roleARN && !slices.Contains(forbidden, kind) {
				until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
				return awsstub.XML("<Credentials><AccessKeyId>", kind, "</AccessKeyId><SecretAccessKey>s",
					"</SecretAccessKey><SessionToken>t</SessionToken><Expiration>", until,
					"</Expiration></Credentials>")(call)
			}
		}
		return awsstub.Error(http.StatusForbidden, "AccessDenied",
			"not authorized to perform: sts:AssumeRole on "+arn)(call)
	})
	answers := map[string]awsstub.Answer{"IAM.GetRole": awsstub.Role("r"),
		"CloudFormation.DescribeStacks":              awsstub.Stack("CREATE_COMPLETE"),
		"CloudFormation.DeleteStack":                 awsstub.EmptyResult(),
		"CloudFormation.UpdateTerminationProtection": awsstub.EmptyResult(),
		"CloudWatch Logs.DeleteLogGroup":             awsstub.EmptyResult(),
		"SFN.StartExecution":                         awsstub.EmptyResult(), "SFN.StopExecution": awsstub.EmptyResult(),
		"SSM.GetParameter":      awsstub.JSON(`{"Parameter": {"Value": "30"}}`),
		"S3.ListObjectVersions": awsstub.Body("application/xml", "<ListVersionsResult/>")}
	for operation, answer := range answers {
		stub.On(operation, func(call awsstub.Call) (*http.Response, error) {
			if denies(call) {
				return awsstub.Denied()(call)
			}
			return answer(call)
		})
	}
	return stub
}

// roleCalls maps operations to calls with real SDK clients.
var roleCalls = map[string]func(context.Context, aws.Config) error{
	"GetRole": func(ctx context.Context, cfg aws.Config) error {
		_, err := iam.NewFromConfig(cfg).GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("r")})
		return err
	},
	"DescribeStacks": func(ctx context.Context, cfg aws.Config) error {
		_, err := cloudformation.NewFromConfig(cfg).DescribeStacks(ctx,
			&cloudformation.DescribeStacksInput{StackName: aws.String("s")})
		return err
	},
	"DeleteStack": func(ctx context.Context, cfg aws.Config) error {
		_, err := cloudformation.NewFromConfig(cfg).DeleteStack(ctx,
			&cloudformation.DeleteStackInput{StackName: aws.String("s")})
		return err
	},
	"UpdateTerminationProtection": func(ctx context.Context, cfg aws.Config) error {
		_, err := cloudformation.NewFromConfig(cfg).UpdateTerminationProtection(ctx,
			&cloudformation.UpdateTerminationProtectionInput{StackName: aws.String("s"),
				EnableTerminationProtection: aws.Bool(false)})
		return err
	},
	"DeleteLogGroup": func(ctx context.Context, cfg aws.Config) error {
		_, err := cloudwatchlogs.NewFromConfig(cfg).DeleteLogGroup(ctx,
			&cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String("g")})
		return err
	},
	"StartExecution": func(ctx context.Context, cfg aws.Config) error {
		_, err := sfn.NewFromConfig(cfg).StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: aws.String("m")})
		return err
	},
	"StopExecution": func(ctx context.Context, cfg aws.Config) error {
		_, err := sfn.NewFromConfig(cfg).StopExecution(ctx, &sfn.StopExecutionInput{ExecutionArn: aws.String("e")})
		return err
	},
	"GetParameter": func(ctx context.Context, cfg aws.Config) error {
		_, err := ssm.NewFromConfig(cfg).GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String("p")})
		return err
	},
	"ListObjectVersions": func(ctx context.Context, cfg aws.Config) error {
		_, err := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }).ListObjectVersions(ctx,
			&s3.ListObjectVersionsInput{Bucket: aws.String("bucket")})
		return err
	},
}

func TestBootstrapRoles(t *testing.T) {
	t.Parallel()
	deniedToCaller := func(call awsstub.Call) bool { return call.Key == callerKey }
	deniedToAll := func(awsstub.Call) bool { return true }
	const assume, lookupRoleName = "AssumeRole by caller", "cdk-hnb659fds-lookup-role-111122223333-eu-west-1"
	tests := []struct {
		name      string
		denies    func(awsstub.Call) bool
		forbidden []string
		calls     string
		want      string   // each call, and the key that signed it
		denied    string   // denied action in the error of the last call; empty if it succeeds
		notices   []string // a part of each notice
	}{
		{"caller with the permission", func(awsstub.Call) bool { return false }, nil, "GetRole DeleteStack",
			"GetRole by caller, DeleteStack by caller", "", nil},
		{"read", deniedToCaller, nil, "GetRole", "GetRole by caller, " + assume + ", GetRole by lookup", "",
			[]string{"cannot call iam:GetRole. Such calls are made with the CDK's role " + lookupRoleName + "."}},
		{"read of a bucket", deniedToCaller, nil, "ListObjectVersions",
			"ListObjectVersions by caller, " + assume + ", ListObjectVersions by lookup", "",
			[]string{"s3:ListBucketVersions"}},
		{"repeated read", deniedToCaller, nil, "GetRole GetRole",
			"GetRole by caller, " + assume + ", GetRole by lookup, GetRole by lookup", "", []string{"lookup"}},
		{"reads of two services", deniedToCaller, nil, "GetRole GetParameter",
			"GetRole by caller, " + assume + ", GetRole by lookup, GetParameter by caller, GetParameter by lookup", "",
			[]string{"lookup"}},
		{"stack deletion", deniedToCaller, nil, "DeleteStack UpdateTerminationProtection",
			"DeleteStack by caller, " + assume + ", DeleteStack by deploy, UpdateTerminationProtection by caller, " +
				"UpdateTerminationProtection by deploy", "", []string{"cdk-hnb659fds-deploy-role"}},
		{"other writes", deniedToCaller, nil, "DeleteLogGroup StartExecution StopExecution",
			"DeleteLogGroup by caller, StartExecution by caller, StopExecution by caller", "states:StopExecution", nil},
		{"read, lookup role forbidden", deniedToCaller, []string{"lookup"}, "GetRole GetRole",
			"GetRole by caller, " + assume + ", GetRole by caller", "iam:GetRole", nil},
		{"stack read, lookup role forbidden", deniedToCaller, []string{"lookup"}, "DescribeStacks",
			"DescribeStacks by caller, " + assume + ", " + assume + ", DescribeStacks by deploy", "", []string{"deploy"}},
		{"all roles forbidden", deniedToCaller, []string{"lookup", "deploy"}, "DescribeStacks DeleteStack",
			"DescribeStacks by caller, " + assume + ", " + assume + ", DeleteStack by caller",
			"cloudformation:DeleteStack", nil},
		{"calls denied to all roles", deniedToAll, nil, "DescribeStacks",
			"DescribeStacks by caller, " + assume + ", DescribeStacks by lookup, " + assume + ", DescribeStacks by deploy",
			"cloudformation:DescribeStacks", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := rolesStub(t, test.denies, test.forbidden...)
			var notices []string
			cfg := testRoles.Apply(stub.Config(), func(line string) { notices = append(notices, line) })
			var err error
			for call := range strings.FieldsSeq(test.calls) {
				err = roleCalls[call](t.Context(), cfg)
			}
			if got := DeniedAction(err); got != test.denied || test.denied == "" && err != nil {
				t.Errorf("got the denied action %q and the error %v, want %q", got, err, test.denied)
			}
			if diff := cmp.Diff(strings.Split(test.want, ", "), signedCalls(stub)); diff != "" {
				t.Errorf("the calls differ (-want +got):\n%s", diff)
			}
			if len(notices) != len(test.notices) {
				t.Fatalf("got the notices %q, want %q", notices, test.notices)
			}
			for i, part := range test.notices {
				if !strings.Contains(notices[i], part) {
					t.Errorf("got the notice %q, want it to contain %q", notices[i], part)
				}
			}
		})
	}
}

// signedCalls lists the calls, each with the key that signed it.
func signedCalls(stub *awsstub.Stub) (calls []string) {
	for _, call := range stub.Calls() {
		_, name, _ := strings.Cut(call.Operation, ".")
		calls = append(calls, name+" by "+strings.ReplaceAll(call.Key, callerKey, "caller"))
	}
	return calls
}

// A role may lose the permission that it used before, and the caller may gain it.
func TestBootstrapRolesLosePermission(t *testing.T) {
	t.Parallel()
	deniedKey := callerKey
	stub := rolesStub(t, func(call awsstub.Call) bool { return call.Key == deniedKey })
	cfg := testRoles.Apply(stub.Config(), func(string) {})
	if err := roleCalls["GetRole"](t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	deniedKey = "lookup"
	if err := roleCalls["GetRole"](t.Context(), cfg); err != nil {
		t.Error(err)
	}
	if calls := signedCalls(stub); calls[len(calls)-1] != "GetRole by caller" {
		t.Errorf("got the calls %q, want \"GetRole by caller\" as the last call", calls)
	}
}

func TestBootstrapRolesInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	stub := rolesStub(t, func(call awsstub.Call) bool { return call.Key == callerKey })
	stub.On("STS.AssumeRole", func(awsstub.Call) (*http.Response, error) {
		cancel()
		return nil, context.Canceled
	})
	err := roleCalls["GetRole"](ctx, testRoles.Apply(stub.Config(), func(string) {}))
	if !errors.Is(err, context.Canceled) || Denied(err) {
		t.Errorf("got the error %v, want %v", err, context.Canceled)
	}
}

func TestDeployRoleARN(t *testing.T) {
	t.Parallel()
	b := BootstrapRoles{Partition: "aws-cn", Account: "1", Region: "cn-north-1", Qualifier: "q"}
	if got := b.DeployRoleARN(); got != "arn:aws-cn:iam::1:role/cdk-q-deploy-role-1-cn-north-1" {
		t.Errorf("got the ARN %s, want that of the role cdk-q-deploy-role-1-cn-north-1", got)
	}
}
