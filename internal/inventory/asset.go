package inventory

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"retrycatch/internal/deployment"
	"retrycatch/internal/resource"
)

// Assets returns the files that the CDK staged for the record's stack, including files that no
// longer exist.
func (r Record) Assets() []resource.Resource { return r.template.assets(r.Stack.ARN) }

// assets returns the zip of each function. If a function has a zip, assets also returns the
// template itself. The template contains the key of the zip. The key of the template is the hash of
// its text:
// https://docs.aws.amazon.com/cdk/v2/guide/assets.html
func (t template) assets(stackARN string) []resource.Resource {
	var assets []resource.Resource
	for _, declared := range t.Resources {
		bucket, key := declared.zipLocation(stackARN)
		if bucket == "" {
			continue
		}
		templateKey := fmt.Sprintf("%x.json", sha256.Sum256([]byte(t.body)))
		assets = append(assets, resource.Resource{Kind: resource.Asset, ID: bucket + "/" + key},
			resource.Resource{Kind: resource.Asset, ID: bucket + "/" + templateKey})
	}
	return UniqueAssets(assets)
}

// UniqueAssets removes duplicate assets and sorts the rest by ID.
func UniqueAssets(assets []resource.Resource) []resource.Resource {
	assets = slices.Clone(assets)
	slices.SortFunc(assets, func(a, b resource.Resource) int { return strings.Compare(a.ID, b.ID) })
	return slices.Compact(assets)
}

// zipLocation returns the bucket and key of a function's zip. The CDK may write the bucket's name
// with placeholders for the account and region.
func (d declaration) zipLocation(stackARN string) (bucket, key string) {
	stack, err := arn.Parse(stackARN)
	zip, isMap := d.Properties.Code.(map[string]any)
	if err != nil || !isMap {
		return "", ""
	}
	key, _ = zip["S3Key"].(string)
	bucket, _ = zip["S3Bucket"].(string)
	if sub, isSub := zip["S3Bucket"].(map[string]any); isSub {
		bucket, _ = sub["Fn::Sub"].(string)
	}
	if bucket == "" || key == "" {
		return "", ""
	}
	return strings.NewReplacer("${AWS::AccountId}", stack.AccountID, "${AWS::Region}", stack.Region,
		"${AWS::Partition}", stack.Partition).Replace(bucket), key
}

// PendingAssets returns the files staged for a stack's pending change sets. An interrupted
// deployment leaves such change sets behind. PendingAssets skips a template that it cannot parse.
func PendingAssets(ctx context.Context, cfg aws.Config, stack *Stack) ([]resource.Resource, error) {
	var assets []resource.Resource
	err := eachChangeSetTemplate(ctx, cfg, stack.ARN, func(body string) {
		if t, err := parseTemplate(body); err == nil {
			assets = append(assets, t.assets(stack.ARN)...)
		}
	})
	return UniqueAssets(assets), err
}

// eachChangeSetTemplate calls visit with the template of each pending change set of a stack.
func eachChangeSetTemplate(ctx context.Context, cfg aws.Config, stackARN string, visit func(body string)) error {
	sets, err := changeSets(ctx, cfg, stackARN)
	if err != nil {
		return err
	}
	for _, set := range sets {
		body, err := templateBody(ctx, cfg, stackARN, set)
		if err != nil {
			return err
		}
		visit(body)
	}
	return nil
}

// maxTemplateSize is the size in bytes of the largest template that CloudFormation accepts:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
// EarlierAssets ignores larger files.
const maxTemplateSize = 1 << 20

// EarlierAssets finds the files that the CDK uploaded for earlier deployments of a stage.
// CloudFormation discards the template that an update replaces, but the CDK's bucket keeps it. So
// EarlierAssets searches the buckets of the known assets. A template belongs to the stage if it is
// a template of this project and creates the stage's function. The parameter "function" is the name
// of that function.
func EarlierAssets(ctx context.Context, cfg aws.Config, stackARN, function string, known []resource.Resource) (
	[]resource.Resource, error,
) {
	var buckets []string
	for _, asset := range known {
		bucket, _ := asset.Object()
		buckets = append(buckets, bucket)
	}
	slices.Sort(buckets)
	var assets []resource.Resource
	for _, bucket := range slices.Compact(buckets) {
		bodies, err := stagedTemplates(ctx, cfg, bucket)
		if err != nil {
			return nil, err
		}
		for _, body := range bodies {
			t, err := parseTemplate(body)
			if err == nil && t.isProjectTemplate() && t.createsFunction(function) {
				assets = append(assets, t.assets(stackARN)...)
			}
		}
	}
	return UniqueAssets(assets), nil
}

// createsFunction reports whether the template contains the function with the given name.
func (t template) createsFunction(function string) bool {
	for _, declared := range t.Resources {
		if declared.Type == resource.Function && declared.Properties.FunctionName == function {
			return true
		}
	}
	return false
}

// isProjectTemplate reports whether the template has the outputs of this project. The function's
// name is not sufficient: it comes from a tutorial, so another stack may use the same name.
func (t template) isProjectTemplate() bool {
	_, hasFunctionRole := t.Outputs[deployment.OutputFunctionRole]
	_, hasStateMachineRole := t.Outputs[deployment.OutputStateMachineRole]
	return hasFunctionRole && hasStateMachineRole
}

// stagedTemplates reads the staged files that may be templates with a function.
func stagedTemplates(ctx context.Context, cfg aws.Config, bucket string) (bodies []string, err error) {
	client := resource.S3(cfg)
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: &bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if missing := (*s3types.NoSuchBucket)(nil); errors.As(err, &missing) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("cannot list the CDK's staged files in %s: %w", bucket, err)
		}
		for _, object := range page.Contents {
			if !strings.HasSuffix(aws.ToString(object.Key), ".json") || aws.ToInt64(object.Size) > maxTemplateSize {
				continue
			}
			body, err := readObject(ctx, client, bucket, aws.ToString(object.Key))
			if err != nil {
				return nil, fmt.Errorf("cannot read the CDK's staged files in %s: %w", bucket, err)
			}
			if json.Valid(body) && bytes.Contains(body, []byte(resource.Function)) {
				bodies = append(bodies, string(body))
			}
		}
	}
	return bodies, nil
}

func readObject(ctx context.Context, client *s3.Client, bucket, key string) ([]byte, error) {
	out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return nil, err
	}
	defer out.Body.Close()
	return io.ReadAll(out.Body)
}

// AssetUsers maps each asset in use to the name of an existing stack that uses it. A pending change
// set also uses its assets, because it would fail without them. AssetUsers skips the stacks with
// the given ARNs: after a deletion, CloudFormation may still list the stack as existing.
func AssetUsers(ctx context.Context, cfg aws.Config, assets []resource.Resource, skippedARNs ...string) (
	map[resource.Resource]string, error,
) {
	users := map[resource.Resource]string{}
	pages := cloudformation.NewListStacksPaginator(cloudformation.NewFromConfig(cfg), &cloudformation.ListStacksInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot list the stacks that may use the CDK's staged files: %w", err)
		}
		for _, summary := range page.StackSummaries {
			if slices.Contains(skippedARNs, aws.ToString(summary.StackId)) {
				continue
			}
			if err := addStackUses(ctx, cfg, summary, assets, users); err != nil {
				return nil, err
			}
		}
	}
	return users, nil
}

// addStackUses finds the assets that a stack uses, and adds them to the map "users". It searches
// the text of the template, because a template of another project may have any format.
func addStackUses(ctx context.Context, cfg aws.Config, summary types.StackSummary, assets []resource.Resource,
	users map[resource.Resource]string,
) error {
	addUses := func(body string) {
		for _, asset := range assets {
			if _, key := asset.Object(); strings.Contains(body, key) {
				users[asset] = aws.ToString(summary.StackName)
			}
		}
	}
	id := aws.ToString(summary.StackId)
	if summary.StackStatus == types.StackStatusDeleteComplete {
		return nil
	}
	if summary.StackStatus != types.StackStatusReviewInProgress { // a stack in review has no template, only change sets
		body, err := templateBody(ctx, cfg, id, "")
		if isStackMissing(err) {
			return nil // deleted since it was listed
		}
		if err != nil {
			return err
		}
		addUses(body)
	}
	if err := eachChangeSetTemplate(ctx, cfg, id, addUses); !isStackMissing(err) {
		return err
	}
	return nil
}
