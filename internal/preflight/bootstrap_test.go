package preflight

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/session"
)

const (
	getParameter  = "SSM.GetParameter"
	getParameters = "SSM.GetParametersByPath"
)

func TestReadBootstrap(t *testing.T) {
	t.Parallel()
	version := func(value string) awsstub.Answer {
		return awsstub.JSON(fmt.Sprintf(`{"Parameter": {"Name": "name", "Type": "String", "Value": %q}}`, value))
	}
	missing := awsstub.Error(http.StatusBadRequest, "ParameterNotFound", "")
	none := awsstub.JSON(`{"Parameters": []}`)
	others := []awsstub.Answer{
		awsstub.JSON(`{"Parameters": [{"Name": "/cdk-bootstrap/org/version"}, {"Name": "/cdk-bootstrap/org/more/version"}],
			"NextToken": "more"}`),
		awsstub.JSON(`{"Parameters": [{"Name": "/cdk-bootstrap/team/version"}]}`)}
	tests := []struct {
		name   string
		answer awsstub.Answer
		others []awsstub.Answer
		stack  awsstub.Answer // response to the query for the bootstrap stack
		want   Bootstrap
		ready  bool
	}{
		{"never bootstrapped", missing, []awsstub.Answer{none}, awsstub.NoStack(), Bootstrap{}, false},
		{"stack without a version parameter", missing, []awsstub.Answer{none}, awsstub.Stack("UPDATE_COMPLETE"),
			Bootstrap{NameInUse: true}, false},
		{"stack whose creation failed", missing, []awsstub.Answer{none}, awsstub.Stack("ROLLBACK_COMPLETE"), Bootstrap{},
			false},
		{"bootstrapped with other qualifiers", missing, others, awsstub.NoStack(),
			Bootstrap{Others: []string{"org", "team"}}, false},
		{"required version", version("6"), nil, nil, Bootstrap{Version: 6}, true},
		{"newer version, compared as a number", version("30"), nil, nil, Bootstrap{Version: 30}, true},
		{"older version", version("5"), nil, nil, Bootstrap{Version: 5}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(getParameter, test.answer)
			if test.others != nil {
				stub.On(getParameters, test.others...).On("CloudFormation.DescribeStacks", test.stack)
			}
			got, err := ReadBootstrap(t.Context(), stub.Config(), "mine", "CDKToolkit-mine")
			if diff := cmp.Diff(test.want, got); err != nil || diff != "" || got.Ready() != test.ready {
				t.Errorf("got error %v and ready %t, want ready %t; the state differs (-want +got):\n%s", err,
					got.Ready(), test.ready, diff)
			}
			name := *stub.Inputs(getParameter)[0].(*ssm.GetParameterInput).Name
			if name != "/cdk-bootstrap/mine/version" {
				t.Errorf("got a query for the parameter %s, want /cdk-bootstrap/mine/version", name)
			}
		})
	}
}

func TestReadBootstrapUnknown(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(getParameter, awsstub.Denied())
	if _, err := ReadBootstrap(t.Context(), stub.Config(), "q",
		"CDKToolkit"); session.DeniedAction(err) != "ssm:GetParameter" {
		t.Errorf("got error %v, want a denial of ssm:GetParameter", err)
	}
	for name, test := range map[string]struct {
		answer awsstub.Answer
		want   string
	}{
		"server error": {awsstub.Error(http.StatusInternalServerError, "InternalServerError", "server error"),
			"InternalServerError"},
		"no parameter": {awsstub.JSON("{}"), "ssm:GetParameter did not return the parameter"},
		"not a number": {awsstub.JSON(`{"Parameter": {"Value": "six"}}`),
			`the parameter /cdk-bootstrap/q/version is "six"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(getParameter, test.answer)
			if _, err := ReadBootstrap(t.Context(), stub.Config(), "q",
				"CDKToolkit"); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
	stub = awsstub.New(t).On(getParameter, awsstub.Error(http.StatusBadRequest, "ParameterNotFound", "")).
		On(getParameters, awsstub.Denied()).On("CloudFormation.DescribeStacks", awsstub.NoStack())
	b, err := ReadBootstrap(t.Context(), stub.Config(), "q", "CDKToolkit")
	if err != nil || session.DeniedAction(b.ConflictsErr) != "ssm:GetParametersByPath" {
		t.Errorf("got error %v and state %+v, want a denial of ssm:GetParametersByPath in ConflictsErr", err, b)
	}
	stub.On(getParameters, awsstub.Error(http.StatusBadRequest, "ValidationException", "no"))
	if _, err = ReadBootstrap(t.Context(), stub.Config(), "q", "CDKToolkit"); err == nil {
		t.Error("got no error, want the error of ssm:GetParametersByPath")
	}
	stub.On(getParameters, awsstub.JSON(`{"Parameters": []}`)).On("CloudFormation.DescribeStacks", awsstub.Denied())
	b, err = ReadBootstrap(t.Context(), stub.Config(), "q", "CDKToolkit")
	if err != nil || session.DeniedAction(b.ConflictsErr) != "cloudformation:DescribeStacks" {
		t.Errorf("got error %v and state %+v, want a denial of cloudformation:DescribeStacks in ConflictsErr", err, b)
	}
}

func TestCheckDeployRole(t *testing.T) {
	t.Parallel()
	const mine = "arn:aws:iam::111122223333:role/mine"
	tests := []struct {
		name, role string
		answer     awsstub.Answer
		want       string
	}{
		{"exists", mine, awsstub.Role("mine"), ""},
		{"denied", mine, awsstub.Denied(), ""},
		{"missing", mine, noRole(), "the role " + mine + " in CDK_ROLE_ARN does not exist"},
		{"other account", "arn:aws:iam::444455556666:role/mine", nil,
			"CDK_ROLE_ARN names a role in the account 444455556666, but the credentials belong to the account 111122223333"},
		{"not a role", "arn:aws:iam::111122223333:user/me", nil,
			"CDK_ROLE_ARN=arn:aws:iam::111122223333:user/me is not the ARN of an IAM role"},
		{"not an ARN", "mine", nil, "CDK_ROLE_ARN=mine is not the ARN of an IAM role"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t)
			if test.answer != nil {
				stub.On("IAM.GetRole", test.answer)
			}
			got := ""
			for _, err := range CheckDeployRole(t.Context(), stub.Config(), test.role, "CDK_ROLE_ARN", "111122223333") {
				got += err.Error()
			}
			if got != test.want {
				t.Errorf("got blockers %q, want %q", got, test.want)
			}
		})
	}
}

func TestCheckBoundary(t *testing.T) {
	t.Parallel()
	const policy = "arn:aws:iam::111122223333:policy/limit"
	for name, test := range map[string]struct {
		answer awsstub.Answer
		want   string
	}{
		"exists": {awsstub.XML("<Policy><PolicyName>limit</PolicyName></Policy>"), "<nil>"},
		"denied": {awsstub.Denied(), "cannot check whether the permissions boundary exists: " +
			"the credentials cannot call iam:GetPolicy"},
		"missing": {awsstub.Error(http.StatusNotFound, "NoSuchEntity", ""),
			"the permissions boundary " + policy + " does not exist"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On("IAM.GetPolicy", test.answer)
			if got := fmt.Sprint(CheckBoundary(t.Context(), stub.Config(), policy)); got != test.want {
				t.Errorf("got blocker %q, want %q", got, test.want)
			}
		})
	}
}
