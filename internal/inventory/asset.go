package inventory

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// S3 is a client that names buckets in the path, which every endpoint understands.
func S3(cfg aws.Config) *s3.Client {
	return s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
}

// Object takes the ID of a staged asset apart.
func (r Resource) Object() (bucket, key string) {
	bucket, key, _ = strings.Cut(r.ID, "/")
	return bucket, key
}

// assets are the function's code, which the template names, and the template itself, which the CDK stages under the hash of
// it: https://docs.aws.amazon.com/cdk/v2/guide/assets.html
func assets(declared map[string]declaration, body, stackARN string) []Resource {
	stack, err := arn.Parse(stackARN)
	if err != nil {
		return nil
	}
	var assets []Resource
	for _, resource := range declared {
		bucket, ok := resource.Properties.Code.S3Bucket.(string)
		if sub, isSub := resource.Properties.Code.S3Bucket.(map[string]any); isSub {
			bucket, ok = sub["Fn::Sub"].(string)
		}
		if !ok || resource.Properties.Code.S3Key == "" {
			continue
		}
		bucket = strings.NewReplacer("${AWS::AccountId}", stack.AccountID, "${AWS::Region}", stack.Region, "${AWS::Partition}", stack.Partition).Replace(bucket)
		assets = append(assets, Resource{Asset, bucket + "/" + resource.Properties.Code.S3Key},
			Resource{Asset, fmt.Sprintf("%s/%x.json", bucket, sha256.Sum256([]byte(body)))})
	}
	slices.SortFunc(assets, func(a, b Resource) int { return strings.Compare(a.ID, b.ID) })
	return slices.Compact(assets)
}

// StagedFor lists what the CDK has staged for a stack, by the stack's ARN: for one that is deleted too.
func StagedFor(ctx context.Context, cfg aws.Config, stackARN string) ([]Resource, error) {
	declared, body, err := readTemplate(ctx, cfg, stackARN)
	return assets(declared, body, stackARN), err
}

func observeAsset(ctx context.Context, cfg aws.Config, r Resource) (Observation, error) {
	bucket, key := r.Object()
	_, err := S3(cfg).HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	return observed(r, "s3:HeadObject", "", err, "NotFound") // an answer without a body has no other code
}

// AssetUsers says of each asset which stack uses it, of those that exist. Those that nobody uses are left out.
func AssetUsers(ctx context.Context, cfg aws.Config, assets []Resource) (map[Resource]string, error) {
	users := map[Resource]string{}
	pages := cloudformation.NewListStacksPaginator(cloudformation.NewFromConfig(cfg), &cloudformation.ListStacksInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot list the stacks that may use what the CDK has staged: %w", err)
		}
		for _, summary := range page.StackSummaries {
			if summary.StackStatus == types.StackStatusDeleteComplete || summary.StackStatus == types.StackStatusReviewInProgress {
				continue
			}
			body, err := templateBody(ctx, cfg, aws.ToString(summary.StackId))
			if err != nil {
				return nil, err
			}
			for _, asset := range assets {
				if _, key := asset.Object(); strings.Contains(body, key) {
					users[asset] = aws.ToString(summary.StackName)
				}
			}
		}
	}
	return users, nil
}
