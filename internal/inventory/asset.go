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
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"golang.org/x/sync/errgroup"

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
		if missing := (*types.ChangeSetNotFoundException)(nil); errors.As(err, &missing) {
			continue // executed or deleted since it was listed
		}
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
		files, err := stagedJSONFiles(ctx, cfg, bucket)
		if err != nil {
			return nil, fmt.Errorf("cannot list the CDK's staged files in %s: %w", bucket, err)
		}
		found, err := readAll(ctx, files, func(ctx context.Context, file *s3.GetObjectInput) ([]resource.Resource, error) {
			body, err := readObject(ctx, resource.S3(cfg), file)
			if err != nil || !json.Valid(body) || !bytes.Contains(body, []byte(resource.Function)) {
				return nil, err
			}
			if t, err := parseTemplate(string(body)); err == nil && t.isProjectTemplate() && t.createsFunction(function) {
				return t.assets(stackARN), nil
			}
			return nil, nil
		})
		if err != nil {
			return nil, fmt.Errorf("cannot read the CDK's staged files in %s: %w", bucket, err)
		}
		assets = append(assets, found...)
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

// stagedJSONFiles lists the staged files that may be templates, including deleted files with an
// earlier version. A file's name is the hash of its content, so one version of each file is
// sufficient.
func stagedJSONFiles(ctx context.Context, cfg aws.Config, bucket string) (files []*s3.GetObjectInput, err error) {
	listed := map[string]bool{}
	pages := s3.NewListObjectVersionsPaginator(resource.S3(cfg), &s3.ListObjectVersionsInput{Bucket: &bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if api := smithy.APIError(nil); errors.As(err, &api) && api.ErrorCode() == "NoSuchBucket" {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		for _, version := range page.Versions {
			key := aws.ToString(version.Key)
			if !listed[key] && strings.HasSuffix(key, ".json") && aws.ToInt64(version.Size) <= maxTemplateSize {
				files = append(files, &s3.GetObjectInput{Bucket: &bucket, Key: version.Key, VersionId: version.VersionId})
			}
			listed[key] = true
		}
	}
	return files, nil
}

// maxConcurrentReads is far below the number of requests per second that S3 accepts:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
const maxConcurrentReads = 20

// readAll calls read for each file, and returns all assets that it found.
func readAll(ctx context.Context, files []*s3.GetObjectInput,
	read func(context.Context, *s3.GetObjectInput) ([]resource.Resource, error),
) ([]resource.Resource, error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxConcurrentReads)
	results := make([][]resource.Resource, len(files))
	for i, file := range files {
		group.Go(func() (err error) {
			results[i], err = read(ctx, file)
			return err
		})
	}
	err := group.Wait()
	return slices.Concat(results...), err
}

func readObject(ctx context.Context, client *s3.Client, file *s3.GetObjectInput) ([]byte, error) {
	out, err := client.GetObject(ctx, file)
	if err != nil {
		return nil, err
	}
	defer out.Body.Close()
	return io.ReadAll(out.Body)
}
