package inventory

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
)

func file(id string) resource.Resource { return resource.Resource{Kind: resource.Asset, ID: id} }

// staged returns a template of this project with a function whose zip has the key.
func staged(function, key string) string {
	return fmt.Sprintf(
		`{"Resources": {"Role": {"Type": "AWS::IAM::Role"}, "Function": {"Type": "AWS::Lambda::Function", "Properties":
		{"FunctionName": %q, "Code": {"S3Bucket": {"Fn::Sub": "cdk-${AWS::AccountId}-${AWS::Region}"}, "S3Key": %q}}}},
		"Outputs": {"FunctionRoleArn": {}, "StateMachineRoleArn": {}}}`,
		function,
		key,
	)
}

const bucket = "cdk-111122223333-eu-west-1"

// hashed returns the key that the CDK uses to stage a template.
func hashed(body string) string { return fmt.Sprintf("%x.json", sha256.Sum256([]byte(body))) }

func ids(assets []resource.Resource) (all []string) {
	for _, asset := range assets {
		all = append(all, asset.ID)
	}
	return all
}

func requireSame(t *testing.T, want []string, got []resource.Resource) {
	t.Helper()
	counts := map[string]int{}
	for _, id := range want {
		counts[id]++
	}
	for _, id := range ids(got) {
		counts[id]--
	}
	for id, n := range counts {
		if n != 0 {
			t.Errorf("%s: %d too few", id, n)
		}
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, code, want string // the bucket and the key
	}{
		{"bucket made of the account and the region",
			`{"S3Bucket": {"Fn::Sub": "cdk-${AWS::AccountId}-${AWS::Region}-${AWS::Partition}"}, "S3Key": "a.zip"}`,
			"cdk-111122223333-eu-west-1-aws/a.zip"},
		{"bucket by name", `{"S3Bucket": "assets", "S3Key": "a.zip"}`, "assets/a.zip"},
		{"bucket by reference", `{"S3Bucket": {"Ref": "Bucket"}, "S3Key": "a.zip"}`, ""},
		{"no key", `{"S3Bucket": "assets"}`, ""},
		{"code in the template", `{"ZipFile": "exports.handler = 1"}`, ""},
		{"no code", `null`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			body := `{"Resources": {"Role": {"Type": "AWS::IAM::Role"}, "F": {"Properties": {"Code": ` + test.code + `}},
				"G": {"Properties": {"Code": ` + test.code + `}}}}`
			parsed, err := parseTemplate(body)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			if test.want != "" {
				bucket, _, _ := strings.Cut(test.want, "/")
				want = []string{test.want, bucket + "/" + hashed(body)}
			}
			requireSame(t, want, Record{Stack: ourStack, template: parsed}.Assets())
		})
	}
}

// templates answers CloudFormation.GetTemplate by the ARNs of the stack and the change set.
func templates(bodies map[string]string) awsstub.Answer {
	return func(call awsstub.Call) (*http.Response, error) {
		input := call.Input.(*cloudformation.GetTemplateInput)
		key := *input.StackName
		if input.ChangeSetName != nil {
			key += "+" + *input.ChangeSetName
		}
		body, known := bodies[key]
		if !known {
			return awsstub.Denied()(call)
		}
		return awsstub.Template(body)(call)
	}
}

func TestPendingAssets(t *testing.T) {
	t.Parallel()
	first, second := staged("MockAPIFunction", "a.zip"), staged("MockAPIFunction", "b.zip")
	stub := awsstub.New(t).On(listChangeSets, awsstub.ChangeSets("second", "arn:a", "arn:c"),
		awsstub.ChangeSets("", "arn:b")).
		On(getTemplate,
			templates(map[string]string{awsstub.StackARN + "+arn:a": first, awsstub.StackARN + "+arn:b": second,
				awsstub.StackARN + "+arn:c": "{{"}))
	got, err := PendingAssets(t.Context(), stub.Config(), ourStack)
	if err != nil {
		t.Fatal(err)
	}
	requireSame(t,
		[]string{bucket + "/a.zip", bucket + "/" + hashed(first), bucket + "/b.zip", bucket + "/" + hashed(second)},
		got)
	for _, operation := range []string{listChangeSets, getTemplate} {
		t.Run(operation+" denied", func(t *testing.T) {
			stub := awsstub.New(t).On(listChangeSets, awsstub.ChangeSets("", "arn:a")).On(operation, awsstub.Denied())
			_, err := PendingAssets(t.Context(), stub.Config(), ourStack)
			requireError(t, err, awsstub.DeniedText)
		})
	}
}

// inBucket answers with a list of objects, each a key and a size.
func inBucket(next string, objects ...[2]string) awsstub.Answer {
	var page strings.Builder
	for _, o := range objects {
		page.WriteString("<Contents><Key>" + o[0] + "</Key><Size>" + o[1] + "</Size></Contents>")
	}
	if next != "" {
		page.WriteString("<IsTruncated>true</IsTruncated><NextContinuationToken>" + next + "</NextContinuationToken>")
	}
	return awsstub.Body("application/xml", "<ListBucketResult>"+page.String()+"</ListBucketResult>")
}

const (
	listObjects = "S3.ListObjectsV2"
	getObject   = "S3.GetObject"
)

func TestEarlierAssets(t *testing.T) {
	t.Parallel()
	earlier, dev := staged("MockAPIFunction", "old.zip"), staged("MockAPIFunction-dev", "dev.zip")
	theirs := `{"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "MockAPIFunction",
		"Code": {"S3Bucket": "` + bucket + `", "S3Key": "theirs.zip"}}}}}`
	objects := map[string]string{"1.json": earlier, "2.json": dev, "3.json": theirs,
		"4.json": `{"version": "AWS::Lambda::Function"}`, "5.json": "no JSON"}
	stub := awsstub.New(t).
		On(listObjects,
			inBucket("second", [2]string{"1.json", "100"}, [2]string{"2.json", "100"}, [2]string{"x.zip", "100"}),
			inBucket("", [2]string{"3.json", "100"}, [2]string{"4.json", "100"}, [2]string{"5.json", "100"},
				[2]string{"large.json", "1048577"})).
		On(getObject, func(call awsstub.Call) (*http.Response, error) {
			return awsstub.Body("application/json", objects[*call.Input.(*s3.GetObjectInput).Key])(call)
		})
	known := []resource.Resource{file(bucket + "/a.zip"), file(bucket + "/b.json")}
	got, err := EarlierAssets(t.Context(), stub.Config(), awsstub.StackARN, "MockAPIFunction", known)
	if err != nil {
		t.Fatal(err)
	}
	requireSame(t, []string{bucket + "/old.zip", bucket + "/" + hashed(earlier)}, got)
	requireEqual(t, 2, len(stub.Inputs(listObjects))) // one bucket, two pages
	requireEqual(t, 5, len(stub.Inputs(getObject)))

	t.Run("bucket gone", func(t *testing.T) {
		stub := awsstub.New(t).On(listObjects, awsstub.Error(http.StatusNotFound, "NoSuchBucket", "no"))
		got, err := EarlierAssets(t.Context(), stub.Config(), awsstub.StackARN, "MockAPIFunction", known)
		if got != nil || err != nil {
			t.Error(got, err)
		}
	})
	for _, operation := range []string{listObjects, getObject} {
		t.Run(operation+" denied", func(t *testing.T) {
			stub := awsstub.New(t).On(listObjects, inBucket("", [2]string{"1.json", "100"})).On(operation,
				awsstub.Denied())
			_, err := EarlierAssets(t.Context(), stub.Config(), awsstub.StackARN, "MockAPIFunction", known)
			requireError(t, err, "staged files in "+bucket)
		})
	}
}

func TestAssetUsers(t *testing.T) {
	t.Parallel()
	summary := func(name, status string) awsstub.StackSummary {
		return awsstub.StackSummary{Name: name, ARN: "arn:" + name, Status: status}
	}
	zip := file(bucket + "/abc.zip")
	uses, other := `{"Code": "abc.zip"}`, `{"Code": "xyz.zip"}`
	absent := func(call awsstub.Call) (*http.Response, error) { return awsstub.NoStack()(call) }
	tests := []struct {
		name      string
		stacks    []awsstub.Answer
		sets      map[string]awsstub.Answer // by the stack's ARN; none by default
		templates awsstub.Answer
		without   []string
		want      map[resource.Resource]string
		wantErr   string
	}{
		{"no stacks", answers(awsstub.Stacks("")), nil, absent, nil, map[resource.Resource]string{}, ""},
		{"second page",
			answers(awsstub.Stacks("second", summary("a", "CREATE_COMPLETE")),
				awsstub.Stacks("", summary("b", "UPDATE_COMPLETE"))),
			nil, templates(map[string]string{"arn:a": other, "arn:b": uses}), nil,
			map[resource.Resource]string{zip: "b"}, ""},
		{"deleted stack", answers(awsstub.Stacks("", summary("a", "DELETE_COMPLETE"))), nil,
			templates(map[string]string{"arn:a": uses}), nil,
			map[resource.Resource]string{}, ""},
		{"deleted after listing", answers(awsstub.Stacks("", summary("a", "CREATE_COMPLETE"))), nil, absent,
			nil, map[resource.Resource]string{}, ""},
		{"deleted after reading its template", answers(awsstub.Stacks("", summary("a", "CREATE_COMPLETE"))),
			map[string]awsstub.Answer{"arn:a": absent},
			templates(map[string]string{"arn:a": other}), nil, map[resource.Resource]string{}, ""},
		{"excluded stack",
			answers(awsstub.Stacks("", summary("a", "CREATE_COMPLETE"), summary("b", "CREATE_COMPLETE"))), nil,
			templates(map[string]string{"arn:a": uses, "arn:b": other}), []string{"arn:a"},
			map[resource.Resource]string{}, ""},
		{"pending change set of an existing stack", answers(awsstub.Stacks("", summary("a", "CREATE_COMPLETE"))),
			map[string]awsstub.Answer{"arn:a": awsstub.ChangeSets("", "arn:set")},
			templates(map[string]string{"arn:a": other, "arn:a+arn:set": uses}), nil,
			map[resource.Resource]string{zip: "a"}, ""},
		{"pending change set of a stack in review", answers(awsstub.Stacks("", summary("a", "REVIEW_IN_PROGRESS"))),
			map[string]awsstub.Answer{"arn:a": awsstub.ChangeSets("", "arn:set")},
			templates(map[string]string{"arn:a+arn:set": uses}), nil,
			map[resource.Resource]string{zip: "a"}, ""},
		{"invalid template", answers(awsstub.Stacks("", summary("a", "CREATE_COMPLETE"))), nil,
			templates(map[string]string{"arn:a": "{{ abc.zip"}), nil, map[resource.Resource]string{zip: "a"}, ""},
		{"template denied", answers(awsstub.Stacks("", summary("a", "CREATE_COMPLETE"))), nil,
			awsstub.Denied(), nil, nil, awsstub.DeniedText},
		{"no template in the answer", answers(awsstub.Stacks("", summary("a", "CREATE_COMPLETE"))), nil,
			awsstub.XML(), nil, nil, "did not return it"},
		{"list of change sets denied", answers(awsstub.Stacks("", summary("a", "CREATE_COMPLETE"))),
			map[string]awsstub.Answer{"arn:a": awsstub.Denied()}, templates(map[string]string{"arn:a": other}), nil,
			nil, awsstub.DeniedText},
		{"change set denied", answers(awsstub.Stacks("", summary("a", "CREATE_COMPLETE"))),
			map[string]awsstub.Answer{"arn:a": awsstub.ChangeSets("", "arn:set")},
			templates(map[string]string{"arn:a": other}), nil, nil, awsstub.DeniedText},
		{"list of stacks denied", answers(awsstub.Denied()), nil, absent, nil, nil, "cannot list the stacks"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(listStacks, test.stacks...).On(getTemplate, test.templates)
			stub.On(listChangeSets, func(call awsstub.Call) (*http.Response, error) {
				if answer := test.sets[*call.Input.(*cloudformation.ListChangeSetsInput).StackName]; answer != nil {
					return answer(call)
				}
				return awsstub.ChangeSets("")(call)
			})
			got, err := AssetUsers(t.Context(), stub.Config(),
				[]resource.Resource{zip, file(bucket + "/unused.zip")}, test.without...)
			if test.wantErr != "" {
				requireError(t, err, test.wantErr)
			} else if err != nil {
				t.Error(err)
			}
			requireEqual(t, test.want, got)
		})
	}
}
