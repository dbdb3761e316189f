package preflight

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/session"
)

const getParameter = "SSM.GetParameter"

func TestBootstrapped(t *testing.T) {
	t.Parallel()
	version := func(value string) awsstub.Answer {
		return awsstub.JSON(fmt.Sprintf(`{"Parameter": {"Name": %q, "Type": "String", "Value": %q}}`,
			"/cdk-bootstrap/hnb659fds/version", value))
	}
	tests := []struct {
		name   string
		answer awsstub.Answer
		want   bool
	}{
		{"never bootstrapped", awsstub.Error(http.StatusBadRequest, "ParameterNotFound", ""), false},
		{"just the version needed", version("6"), true},
		{"a newer version, whose number is not compared as text", version("30"), true},
		{"an older version", version("5"), false},
		{"a version that is no number", version("six"), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(getParameter, test.answer)
			got, err := Bootstrapped(t.Context(), stub.Config())
			if err != nil || got != test.want {
				t.Errorf("got %v, %v, want %v", got, err, test.want)
			}
			if name := *stub.Inputs(getParameter)[0].(*ssm.GetParameterInput).Name; name != "/cdk-bootstrap/hnb659fds/version" {
				t.Errorf("asked for the parameter %s", name)
			}
		})
	}
}

func TestBootstrappedUnknown(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(getParameter, awsstub.Denied())
	if _, err := Bootstrapped(t.Context(), stub.Config()); session.DeniedAction(err) != "ssm:GetParameter" {
		t.Errorf("the error is %v", err)
	}
	stub = awsstub.New(t).On(getParameter, awsstub.Error(http.StatusInternalServerError, "InternalServerError", "oh"))
	_, err := Bootstrapped(t.Context(), stub.Config())
	if err == nil || !strings.Contains(err.Error(), "InternalServerError") {
		t.Errorf("the error is %v", err)
	}
	stub = awsstub.New(t).On(getParameter, awsstub.JSON("{}"))
	_, err = Bootstrapped(t.Context(), stub.Config())
	if err == nil || !strings.Contains(err.Error(), "ssm:GetParameter answered without the parameter") {
		t.Errorf("the error is %v", err)
	}
}
