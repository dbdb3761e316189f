//go:build smoke

package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
)

func (b bootstrap) find(ctx context.Context, s *suite) (found, owned bool, err error) {
	stack, err := inventory.CurrentStack(ctx, s.config(), b.stack)
	if stack == nil || err != nil {
		return false, false, err
	}
	return true, stack.Tags[deployment.TagProject] == fixtureTag, nil
}

// remove removes the bucket first, then the stack. The stack's tag proves that the smoke test owns
// both.
func (b bootstrap) remove(ctx context.Context, s *suite) error {
	stack, err := s.awaitStack(ctx, s.regions[0], b.stack)
	if stack == nil || err != nil {
		return err
	}
	created, err := b.ownsBucket(ctx, s, stack)
	if err == nil && created {
		err = b.removeBucket(ctx, s)
	}
	if err != nil {
		return fmt.Errorf("cannot remove the bucket %s: %w", *b.bucketName(s), err)
	}
	if _, err := cloudformation.NewFromConfig(s.config()).DeleteStack(ctx,
		&cloudformation.DeleteStackInput{StackName: &stack.ARN}); err != nil {
		return err
	}
	return poll(ctx, "the stack "+b.stack+" still exists", func() (bool, error) {
		now, err := inventory.FindStack(ctx, s.config(), stack.ARN)
		if err == nil && now != nil && !now.Gone() && !now.InProgress() {
			err = s.deletionError(now)
		}
		return now == nil || now.Gone(), err
	})
}

// ownsBucket reports whether the stack created the bucket. If the bucket existed before, the
// stack's creation failed.
func (b bootstrap) ownsBucket(ctx context.Context, s *suite, stack *inventory.Stack) (bool, error) {
	record, err := inventory.ReadRecord(ctx, s.config(), stack)
	return slices.ContainsFunc(record.InStack(), func(m inventory.Member) bool { return m.ID == *b.bucketName(s) }), err
}

// deletionError returns an error if a deletion failed. It ignores other statuses, because a stale
// DescribeStacks shows the status from before the deletion.
func (s *suite) deletionError(stack *inventory.Stack) error {
	if stack.Status != "DELETE_FAILED" {
		return nil
	}
	return fmt.Errorf("cannot delete the stack %s: %s: %s", stack.Name, stack.Status, stack.Reason)
}

// removeBucket removes the bucket and all versions of its objects.
func (b bootstrap) removeBucket(ctx context.Context, s *suite) error {
	client := resource.S3(s.config())
	pages := s3.NewListObjectVersionsPaginator(client, &s3.ListObjectVersionsInput{Bucket: b.bucketName(s)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if hasCode(err, "NoSuchBucket") {
			return nil
		}
		if err != nil {
			return err
		}
		var objects []s3.DeleteObjectInput
		for _, version := range page.Versions {
			objects = append(objects, s3.DeleteObjectInput{Key: version.Key, VersionId: version.VersionId})
		}
		for _, marker := range page.DeleteMarkers {
			objects = append(objects, s3.DeleteObjectInput{Key: marker.Key, VersionId: marker.VersionId})
		}
		for _, object := range objects {
			object.Bucket = b.bucketName(s)
			if _, err := client.DeleteObject(ctx, &object); err != nil {
				return err
			}
		}
	}
	_, err := client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: b.bucketName(s)})
	return err
}

// countObjects counts the objects in the bucket, and reports whether the bucket exists.
func (b bootstrap) countObjects(ctx context.Context, s *suite) (n int, exists bool, err error) {
	out, err := resource.S3(s.config()).ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: b.bucketName(s)})
	if hasCode(err, "NoSuchBucket") {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	return int(aws.ToInt32(out.KeyCount)), true, nil
}

func hasCode(err error, code string) bool {
	api := smithy.APIError(nil)
	return errors.As(err, &api) && api.ErrorCode() == code
}
