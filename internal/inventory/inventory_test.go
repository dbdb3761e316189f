package inventory

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
)

const (
	describeStacks     = "CloudFormation.DescribeStacks"
	describeEvents     = "CloudFormation.DescribeStackEvents"
	describeChangeSet  = "CloudFormation.DescribeChangeSet"
	listStacks         = "CloudFormation.ListStacks"
	listStackResources = "CloudFormation.ListStackResources"
	listChangeSets     = "CloudFormation.ListChangeSets"
	getTemplate        = "CloudFormation.GetTemplate"
)

var (
	role  = resource.Resource{Kind: resource.Role, ID: "lambda_basic_execution"}
	group = resource.Resource{Kind: resource.LogGroup, ID: "/aws/lambda/MockAPIFunction"}
)

// requireError fails the test unless the error contains want.
func requireError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want %q", err, want)
	}
}

func requireEqual(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Member{})); diff != "" {
		t.Errorf("got a difference (-want +got):\n%s", diff)
	}
}

func answers(all ...awsstub.Answer) []awsstub.Answer { return all }
