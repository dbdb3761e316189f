package inventory

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
)

func asset(id string) resource.Resource { return resource.Resource{Kind: resource.Asset, ID: id} }

// templateWithZip returns a template of this project. Its function uses the zip with this key.
func templateWithZip(function, key string) string {
	return fmt.Sprintf(`{"Resources": {"Role": {"Type": "AWS::IAM::Role"}, "Function": {"Type": "AWS::Lambda::Function",
		"Properties": {"FunctionName": %q, "Code":
		{"S3Bucket": {"Fn::Sub": "cdk-${AWS::AccountId}-${AWS::Region}"}, "S3Key": %q}}}},
		"Outputs": {"FunctionRoleArn": {}, "StateMachineRoleArn": {}}}`, function, key)
}

const bucket = "cdk-111122223333-eu-west-1"

// templateKey returns the key of a staged template.
func templateKey(body string) string { return fmt.Sprintf("%x.json", sha256.Sum256([]byte(body))) }

func assetIDs(assets []resource.Resource) (all []string) {
	for _, asset := range assets {
		all = append(all, asset.ID)
	}
	return all
}

// requireAssets compares the IDs of assets, ignoring their order.
func requireAssets(t *testing.T, want []string, got []resource.Resource) {
	t.Helper()
	requireEqual(t, slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(assetIDs(got))))
}

func TestAssets(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, code, want string // want is BUCKET/KEY
	}{
		{"bucket with placeholders",
			`{"S3Bucket": {"Fn::Sub": "cdk-${AWS::AccountId}-${AWS::Region}-${AWS::Partition}"}, "S3Key": "a.zip"}`,
			"cdk-111122223333-eu-west-1-aws/a.zip"},
		{"bucket as plain text", `{"S3Bucket": "assets", "S3Key": "a.zip"}`, "assets/a.zip"},
		{"bucket from Ref", `{"S3Bucket": {"Ref": "Bucket"}, "S3Key": "a.zip"}`, ""},
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
				want = []string{test.want, bucket + "/" + templateKey(body)}
			}
			requireAssets(t, want, Record{Stack: ourStack, template: parsed}.Assets())
		})
	}
}

// templateAnswer responds to GetTemplate. The keys of bodies are STACK_ARN or
// STACK_ARN+CHANGE_SET_ARN.
func templateAnswer(bodies map[string]string) awsstub.Answer {
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
	first, second := templateWithZip("MockAPIFunction", "a.zip"), templateWithZip("MockAPIFunction", "b.zip")
	stub := awsstub.New(t).On(listChangeSets, awsstub.ChangeSets("second", "arn:a", "arn:c"),
		awsstub.ChangeSets("", "arn:b")).
		On(getTemplate,
			templateAnswer(map[string]string{awsstub.StackARN + "+arn:a": first, awsstub.StackARN + "+arn:b": second,
				awsstub.StackARN + "+arn:c": "{{"}))
	got, err := PendingAssets(t.Context(), stub.Config(), ourStack)
	if err != nil {
		t.Fatal(err)
	}
	requireAssets(t,
		[]string{bucket + "/a.zip", bucket + "/" + templateKey(first), bucket + "/b.zip", bucket + "/" + templateKey(second)},
		got)
	for _, operation := range []string{listChangeSets, getTemplate} {
		t.Run(operation+" denied", func(t *testing.T) {
			stub := awsstub.New(t).On(listChangeSets, awsstub.ChangeSets("", "arn:a")).On(operation, awsstub.Denied())
			_, err := PendingAssets(t.Context(), stub.Config(), ourStack)
			requireError(t, err, awsstub.DeniedText)
		})
	}
}

// versionList responds with a page of object versions. Each version is a key and a size. next is
// the key from which the next page continues.
func versionList(next string, versions ...[2]string) awsstub.Answer {
	var page strings.Builder
	for _, v := range versions {
		page.WriteString("<Version><Key>" + v[0] + "</Key><VersionId>v-" + v[0] + "</VersionId><Size>" + v[1] +
			"</Size></Version>")
	}
	if next != "" {
		page.WriteString("<IsTruncated>true</IsTruncated><NextKeyMarker>" + next + "</NextKeyMarker>")
	}
	return awsstub.Body("application/xml", "<ListVersionsResult>"+page.String()+"</ListVersionsResult>")
}

const (
	listVersions = "S3.ListObjectVersions"
	getObject    = "S3.GetObject"
)

func TestEarlierAssets(t *testing.T) {
	t.Parallel()
	earlier, dev := templateWithZip("MockAPIFunction", "old.zip"), templateWithZip("MockAPIFunction-dev", "dev.zip")
	foreign := `{"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "MockAPIFunction",
		"Code": {"S3Bucket": "` + bucket + `", "S3Key": "foreign.zip"}}}}}`
	// The bucket has two versions of 1.json.
	objects := map[string]string{"1.json": earlier, "2.json": dev, "3.json": foreign,
		"4.json": `{"version": "AWS::Lambda::Function"}`, "5.json": "not JSON"}
	stub := awsstub.New(t).
		On(listVersions,
			versionList("second", [2]string{"1.json", "100"}, [2]string{"1.json", "100"}, [2]string{"x.zip", "100"}),
			versionList("", [2]string{"2.json", "100"}, [2]string{"3.json", "100"}, [2]string{"4.json", "100"},
				[2]string{"5.json", "100"}, [2]string{"large.json", "1048577"})).
		On(getObject, func(call awsstub.Call) (*http.Response, error) {
			file := call.Input.(*s3.GetObjectInput)
			if want := "v-" + *file.Key; aws.ToString(file.VersionId) != want {
				t.Errorf("%s: got version %q, want %q", *file.Key, aws.ToString(file.VersionId), want)
			}
			return awsstub.Body("application/json", objects[*file.Key])(call)
		})
	known := []resource.Resource{asset(bucket + "/a.zip"), asset(bucket + "/b.json")}
	got, err := EarlierAssets(t.Context(), stub.Config(), awsstub.StackARN, "MockAPIFunction", known)
	if err != nil {
		t.Fatal(err)
	}
	requireAssets(t, []string{bucket + "/old.zip", bucket + "/" + templateKey(earlier)}, got)
	if n := len(stub.Inputs(listVersions)); n != 2 {
		t.Errorf("got %d lists of versions, want 2, the pages of one bucket", n)
	}
	if n := len(stub.Inputs(getObject)); n != 5 {
		t.Errorf("got %d reads of objects, want 5, the small JSON files", n)
	}

	t.Run("bucket gone", func(t *testing.T) {
		stub := awsstub.New(t).On(listVersions, awsstub.Error(http.StatusNotFound, "NoSuchBucket", "no"))
		got, err := EarlierAssets(t.Context(), stub.Config(), awsstub.StackARN, "MockAPIFunction", known)
		if got != nil || err != nil {
			t.Errorf("got assets %v and error %v, want neither", got, err)
		}
	})
	for _, operation := range []string{listVersions, getObject} {
		t.Run(operation+" denied", func(t *testing.T) {
			stub := awsstub.New(t).On(listVersions, versionList("", [2]string{"1.json", "100"})).On(operation,
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
	zip, unused := asset(bucket+"/abc.zip"), asset(bucket+"/unused.zip")
	stage := templateWithZip("MockAPIFunction-dev", "abc.zip")
	using, notUsing := `{"Code": "abc.zip"}`, `{"Code": "xyz.zip"}`
	noStack := func(call awsstub.Call) (*http.Response, error) { return awsstub.NoStack()(call) }
	tests := []struct {
		name           string
		stacks         []awsstub.Answer
		sets           map[string]awsstub.Answer // change sets, keyed by the stack's ARN
		templateAnswer awsstub.Answer
		skipped        []string // ARNs of stacks
		want           map[resource.Resource]string
		wantErr        string
	}{
		{"no stacks", answers(awsstub.Stacks("")), nil, noStack, nil, map[resource.Resource]string{}, ""},
		{"second page",
			answers(awsstub.Stacks("second", summary("a", "CREATE_COMPLETE")),
				awsstub.Stacks("", summary("b", "UPDATE_COMPLETE"))),
			nil, templateAnswer(map[string]string{"arn:a": notUsing, "arn:b": using}), nil,
			map[resource.Resource]string{zip: "the stack b uses it"}, ""},
		{"deleted stack", answers(awsstub.Stacks("", summary("a", "DELETE_COMPLETE"))), nil,
			templateAnswer(map[string]string{"arn:a": using}), nil,
			map[resource.Resource]string{}, ""},
		{"deleted after listing", answers(awsstub.Stacks("", summary("a", "CREATE_COMPLETE"))), nil, noStack,
			nil, map[resource.Resource]string{}, ""},
		{"deleted after reading its template", answers(awsstub.Stacks("", summary("a", "CREATE_COMPLETE"))),
			map[string]awsstub.Answer{"arn:a": noStack},
			templateAnswer(map[string]string{"arn:a": notUsing}), nil, map[resource.Resource]string{}, ""},
		{"skipped stack",
			answers(awsstub.Stacks("", summary("a", "CREATE_COMPLETE"), summary("b", "CREATE_COMPLETE"))), nil,
			templateAnswer(map[string]string{"arn:a": using, "arn:b": notUsing}), []string{"arn:a"},
			map[resource.Resource]string{}, ""},
		{"pending change set of an existing stack", answers(awsstub.Stacks("", summary("a", "CREATE_COMPLETE"))),
			map[string]awsstub.Answer{"arn:a": awsstub.ChangeSets("", "arn:set")},
			templateAnswer(map[string]string{"arn:a": notUsing, "arn:a+arn:set": using}), nil,
			map[resource.Resource]string{zip: "the stack a uses it"}, ""},
		{"pending change set of a stack in review", answers(awsstub.Stacks("", summary("a", "REVIEW_IN_PROGRESS"))),
			map[string]awsstub.Answer{"arn:a": awsstub.ChangeSets("", "arn:set")},
			templateAnswer(map[string]string{"arn:a+arn:set": using}), nil,
			map[resource.Resource]string{zip: "the stack a uses it"}, ""},
		{"invalid template", answers(awsstub.Stacks("", summary("a", "CREATE_COMPLETE"))), nil,
			templateAnswer(map[string]string{"arn:a": "{{ abc.zip"}), nil,
			map[resource.Resource]string{zip: "the stack a uses it"}, ""},
		{"template denied", answers(awsstub.Stacks("", summary("a", "CREATE_COMPLETE"))), nil,
			awsstub.Denied(), nil, nil, awsstub.DeniedText},
		{"response without a template", answers(awsstub.Stacks("", summary("a", "CREATE_COMPLETE"))), nil,
			awsstub.XML(), nil, nil, "did not return it"},
		{"list of change sets denied", answers(awsstub.Stacks("", summary("a", "CREATE_COMPLETE"))),
			map[string]awsstub.Answer{"arn:a": awsstub.Denied()}, templateAnswer(map[string]string{"arn:a": notUsing}), nil,
			nil, awsstub.DeniedText},
		{"change set executed after listing", answers(awsstub.Stacks("", summary("a", "CREATE_COMPLETE"))),
			map[string]awsstub.Answer{"arn:a": awsstub.ChangeSets("", "arn:set")},
			func(call awsstub.Call) (*http.Response, error) {
				if call.Input.(*cloudformation.GetTemplateInput).ChangeSetName != nil {
					return awsstub.Error(http.StatusNotFound, "ChangeSetNotFound", "no")(call)
				}
				return templateAnswer(map[string]string{"arn:a": using})(call)
			}, nil, map[resource.Resource]string{zip: "the stack a uses it"}, ""},
		{"stage after an update", answers(awsstub.Stacks("", summary("a", "UPDATE_COMPLETE"))), nil,
			templateAnswer(map[string]string{"arn:a": stage}), nil,
			map[resource.Resource]string{zip: "the stack a uses it"}, ""},
		{"other stack in an update", answers(awsstub.Stacks("", summary("a", "UPDATE_IN_PROGRESS"))), nil,
			templateAnswer(map[string]string{"arn:a": notUsing}), nil, map[resource.Resource]string{}, ""},
		{"template of a change set denied", answers(awsstub.Stacks("", summary("a", "CREATE_COMPLETE"))),
			map[string]awsstub.Answer{"arn:a": awsstub.ChangeSets("", "arn:set")},
			templateAnswer(map[string]string{"arn:a": notUsing}), nil, nil, awsstub.DeniedText},
		{"list of stacks denied", answers(awsstub.Denied()), nil, noStack, nil, nil, "cannot list the stacks"},
	}
	for _, status := range []string{"UPDATE_IN_PROGRESS", "UPDATE_FAILED", "UPDATE_ROLLBACK_IN_PROGRESS",
		"UPDATE_ROLLBACK_FAILED"} {
		test := tests[0]
		test.name, test.stacks = "stage, "+status, answers(awsstub.Stacks("", summary("a", status)))
		test.templateAnswer = templateAnswer(map[string]string{"arn:a": stage})
		test.want = map[resource.Resource]string{zip: "the stack a uses it", unused: "the stack a may need it to roll back"}
		tests = append(tests, test)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(listStacks, test.stacks...).On(getTemplate, test.templateAnswer)
			stub.On(listChangeSets, func(call awsstub.Call) (*http.Response, error) {
				if answer := test.sets[*call.Input.(*cloudformation.ListChangeSetsInput).StackName]; answer != nil {
					return answer(call)
				}
				return awsstub.ChangeSets("")(call)
			})
			got, err := AssetUsers(t.Context(), stub.Config(),
				[]resource.Resource{zip, unused}, test.skipped...)
			if test.wantErr != "" {
				requireError(t, err, test.wantErr)
			} else if err != nil {
				t.Error(err)
			}
			requireEqual(t, test.want, got)
		})
	}
}
