package inventory

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
)

func TestStagedForNamesTheFunctionsCodeAndTheTemplate(t *testing.T) {
	t.Parallel()
	template := func(bucket string) string {
		return `{"Resources": {"Role": {"Type": "AWS::IAM::Role"}, "Function": {"Properties": {"Code": {"S3Bucket": ` + bucket + `, "S3Key": "abc.zip"}}}}}`
	}
	tests := []struct {
		name, bucket, want string
	}{
		{"a bucket made of the account and the region", `{"Fn::Sub": "cdk-assets-${AWS::AccountId}-${AWS::Region}"}`, "cdk-assets-111122223333-eu-west-1"},
		{"a bucket by its name", `"assets"`, "assets"},
		{"a bucket that is not known", `{"Ref": "Bucket"}`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			body := template(test.bucket)
			got, err := StagedFor(t.Context(), awsstub.New(t).On(getTemplate, awsstub.Template(body)).Config(), awsstub.StackARN)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			if test.want != "" {
				// The CDK stages a template under the hash of its text.
				want = []string{test.want + fmt.Sprintf("/%x.json", sha256.Sum256([]byte(body))), test.want + "/abc.zip"}
			}
			var ids []string
			for _, asset := range got {
				ids = append(ids, asset.ID)
			}
			if len(ids) == 2 && strings.HasSuffix(ids[0], ".zip") {
				ids[0], ids[1] = ids[1], ids[0]
			}
			if diff := cmp.Diff(want, ids); diff != "" {
				t.Errorf("what is staged differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAssetUsersAreTheStacksThatExist(t *testing.T) {
	t.Parallel()
	stack := func(name, status string) string {
		return fmt.Sprintf("<member><StackName>%s</StackName><StackId>arn:%s</StackId><CreationTime>2026-01-02T03:04:05Z</CreationTime><StackStatus>%s</StackStatus></member>", name, name, status)
	}
	zip, other := Resource{Asset, "bucket/abc.zip"}, Resource{Asset, "bucket/def.zip"}
	stub := awsstub.New(t).On("CloudFormation.ListStacks",
		awsstub.XML("<StackSummaries>", stack("deleted", "DELETE_COMPLETE"), stack("a", "CREATE_COMPLETE"), "</StackSummaries><NextToken>second</NextToken>"),
		awsstub.XML("<StackSummaries>", stack("reviewed", "REVIEW_IN_PROGRESS"), stack("b", "UPDATE_COMPLETE"), "</StackSummaries>")).
		On(getTemplate, awsstub.Template("Yaml: too"), awsstub.Template(`{"Code": "abc.zip"}`))
	got, err := AssetUsers(t.Context(), stub.Config(), []Resource{zip, other})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[Resource]string{zip: "b"}, got); diff != "" {
		t.Errorf("the users differ (-want +got):\n%s", diff)
	}
	if n := len(stub.Inputs(getTemplate)); n != 2 {
		t.Errorf("%d templates were read, expected those of the two stacks that exist", n)
	}
	// A stack whose template cannot be read may use all of them.
	stub.On("CloudFormation.ListStacks", awsstub.XML("<StackSummaries>", stack("a", "CREATE_COMPLETE"), "</StackSummaries>")).On(getTemplate, awsstub.Denied())
	if _, err := AssetUsers(t.Context(), stub.Config(), []Resource{zip}); err == nil {
		t.Error("there is no error")
	}
}
