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

// Assets returns the files that the CDK staged for the record's stack. Some may no longer exist.
func (r Record) Assets() []resource.Resource { return r.template.assets(r.Stack.ARN) }

// assets returns the function's code and the template itself. The template names the code, and the
// CDK stages the template under its own hash:
// https://docs.aws.amazon.com/cdk/v2/guide/assets.html
func (t template) assets(stackARN string) []resource.Resource {
	var assets []resource.Resource
	for _, declared := range t.Resources {
		bucket, key := declared.code(stackARN)
		if bucket == "" {
			continue
		}
		own := fmt.Sprintf("%x.json", sha256.Sum256([]byte(t.body)))
		assets = append(assets, resource.Resource{Kind: resource.Asset, ID: bucket + "/" + key},
			resource.Resource{Kind: resource.Asset, ID: bucket + "/" + own})
	}
	return UniqueAssets(assets)
}

// UniqueAssets removes duplicate assets and sorts the rest by ID.
func UniqueAssets(assets []resource.Resource) []resource.Resource {
	assets = slices.Clone(assets)
	slices.SortFunc(assets, func(a, b resource.Resource) int { return strings.Compare(a.ID, b.ID) })
	return slices.Compact(assets)
}

// code returns the bucket and key of a function's zip. The CDK writes the bucket as a plain name,
// or as a name with placeholders for the account and region.
func (d declaration) code(stackARN string) (bucket, key string) {
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

// PendingAssets returns the files staged for a stack's pending change sets, which an interrupted
// deployment leaves behind. It skips a change set whose template it cannot parse.
func PendingAssets(ctx context.Context, cfg aws.Config, stack *Stack) ([]resource.Resource, error) {
	var assets []resource.Resource
	err := eachPending(ctx, cfg, stack.ARN, func(body string) {
		if t, err := parseTemplate(body); err == nil {
			assets = append(assets, t.assets(stack.ARN)...)
		}
	})
	return UniqueAssets(assets), err
}

// eachPending calls visit with the template of each pending change set of a stack.
func eachPending(ctx context.Context, cfg aws.Config, stackARN string, visit func(body string)) error {
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

// mostTemplate is the size in bytes of the largest staged file that EarlierAssets reads.
// CloudFormation accepts no larger template:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
const mostTemplate = 1 << 20

// EarlierAssets finds the files staged for earlier deployments in the buckets of the known assets.
// CloudFormation discards a template when an update replaces it, but the CDK's bucket keeps it. If
// a template of this project creates a function with the given name, it belonged to this stage.
// EarlierAssets returns an error if it cannot read a bucket.
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
			if err == nil && t.ofProject() && t.creates(function) {
				assets = append(assets, t.assets(stackARN)...)
			}
		}
	}
	return UniqueAssets(assets), nil
}

// creates reports whether the template has a function with this name.
func (t template) creates(function string) bool {
	for _, declared := range t.Resources {
		if declared.Type == resource.Function && declared.Properties.FunctionName == function {
			return true
		}
	}
	return false
}

// ofProject reports, by the outputs, whether the template belongs to this project. The function has
// the tutorial's name, so somebody else's stack may have a function with that name too.
func (t template) ofProject() bool {
	_, function := t.Outputs[deployment.OutputFunctionRole]
	_, stateMachine := t.Outputs[deployment.OutputStateMachineRole]
	return function && stateMachine
}

// stagedTemplates reads every staged file of a bucket that may be a template.
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
			if !strings.HasSuffix(aws.ToString(object.Key), ".json") || aws.ToInt64(object.Size) > mostTemplate {
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

// AssetUsers returns, for each asset that an existing stack uses, the stack's name. A pending
// change set uses its assets too: it fails without them. AssetUsers ignores the stacks with the
// given ARNs, because a stack that was just deleted may still be listed.
func AssetUsers(ctx context.Context, cfg aws.Config, assets []resource.Resource, without ...string) (
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
			if slices.Contains(without, aws.ToString(summary.StackId)) {
				continue
			}
			if err := stackUses(ctx, cfg, summary, assets, users); err != nil {
				return nil, err
			}
		}
	}
	return users, nil
}

// stackUses adds the assets that a stack uses to users. It searches the template's text without
// parsing it, because the template may be anybody's.
func stackUses(ctx context.Context, cfg aws.Config, summary types.StackSummary, assets []resource.Resource,
	users map[resource.Resource]string,
) error {
	note := func(body string) {
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
	if summary.StackStatus != types.StackStatusReviewInProgress { // a stack in review has only change sets
		body, err := templateBody(ctx, cfg, id, "")
		if saysAbsent(err) {
			return nil // deleted since it was listed
		}
		if err != nil {
			return err
		}
		note(body)
	}
	if err := eachPending(ctx, cfg, id, note); !saysAbsent(err) {
		return err
	}
	return nil
}
