package teardown

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/inventory"
)

const (
	listObjectVersions = "S3.ListObjectVersions"
	deleteObject       = "S3.DeleteObject"
	headObject         = "S3.HeadObject"
)

// s3Answer answers as S3 does, which wraps nothing around a result.
func s3Answer(status int, body string) awsstub.Answer {
	return func(awsstub.Call) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/xml"}}, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

func TestAssetsAreRemovedInAllVersionsUnlessAnotherStackUsesThem(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mine, shared, gone := inventory.Resource{Kind: inventory.Asset, ID: "bucket/mine.zip"}, inventory.Resource{Kind: inventory.Asset, ID: "bucket/shared.zip"},
			inventory.Resource{Kind: inventory.Asset, ID: "bucket/gone.zip"}
		removed := map[string]bool{}
		stub := deletion(t).
			On(listStacks, awsstub.XML("<StackSummaries><member><StackName>other</StackName><StackId>arn:other</StackId><CreationTime>2026-01-02T03:04:05Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus></member></StackSummaries>")).
			On(getTemplate, awsstub.Template(`{"Code": "shared.zip"}`)).
			On(headObject, func(call awsstub.Call) (*http.Response, error) {
				key := aws.ToString(call.Input.(*s3.HeadObjectInput).Key)
				if key == "gone.zip" || len(removed) == 3 {
					return s3Answer(http.StatusNotFound, "")(call)
				}
				return s3Answer(http.StatusOK, "")(call)
			}).
			On(listObjectVersions,
				s3Answer(http.StatusOK, `<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker><NextVersionIdMarker>v</NextVersionIdMarker>
					<Version><Key>mine.zip</Key><VersionId>1</VersionId></Version><Version><Key>mine.zip.old</Key><VersionId>9</VersionId></Version></ListVersionsResult>`),
				s3Answer(http.StatusOK, `<ListVersionsResult><Version><Key>mine.zip</Key><VersionId>2</VersionId></Version>
					<DeleteMarker><Key>mine.zip</Key><VersionId>3</VersionId></DeleteMarker></ListVersionsResult>`)).
			On(deleteObject, func(call awsstub.Call) (*http.Response, error) {
				in := call.Input.(*s3.DeleteObjectInput)
				removed[aws.ToString(in.Bucket)+"/"+aws.ToString(in.Key)+"@"+aws.ToString(in.VersionId)] = true
				return s3Answer(http.StatusNoContent, "")(call)
			})
		p := plan()
		p.Assets = []inventory.Resource{mine, shared, gone}
		report, err := Execute(t.Context(), stub.Config(), p, Options{Assets: true}, func(string) {})
		if err != nil || len(report.Left()) > 0 {
			t.Fatalf("left are %+v, the error is %v", report.Left(), err)
		}
		requireSame(t, "what was removed", map[string]bool{"bucket/mine.zip@1": true, "bucket/mine.zip@2": true, "bucket/mine.zip@3": true}, removed)
		requireSame(t, "the items", []Item{
			{Resource: mine, Fate: ByItself, Gone: true, Proof: "s3:HeadObject: NotFound"},
			{Resource: shared, Fate: Kept, Proof: "the stack other uses it"},
			{Resource: gone, Fate: ByItself, Gone: true, Proof: "s3:HeadObject: NotFound"},
		}, report.Items[len(report.Items)-3:])
	})
}

func TestAssetsStayUnlessTheyAreAskedForAndTheStackIsGone(t *testing.T) {
	t.Parallel()
	asset := []inventory.Resource{{Kind: inventory.Asset, ID: "bucket/mine.zip"}}
	synctest.Test(t, func(t *testing.T) {
		p := plan()
		p.Assets = asset
		// The stub fails the test when it is asked for what it has no answer to.
		if report, err := Execute(t.Context(), deletion(t).Config(), p, Options{}, func(string) {}); err != nil || len(report.Items) != len(resources) {
			t.Errorf("the report is %+v, the error %v", report, err)
		}
		stub := deletion(t).Holds(role.ID).On(describeStacks, awsstub.Stack("DELETE_FAILED"))
		_, err := Execute(t.Context(), stub.Config(), p, Options{Assets: true}, func(string) {})
		if failed := (*FailedError)(nil); !errors.As(err, &failed) {
			t.Errorf("the error is %v", err)
		}
	})
}
