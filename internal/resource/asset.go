package resource

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Asset is the resource kind for the files that a stack's deployments upload to the CDK's bootstrap
// bucket. CloudFormation does not manage these files.
const Asset Kind = "staged asset"

var assetRecord = record{
	kind:          Asset,
	title:         "staged asset",
	observe:       observeAsset,
	remove:        removeAsset,
	removeCommand: func(id string) string { return "aws s3 rm s3://" + id }, // keeps the earlier versions
}

const listVersions = "s3:ListObjectVersions"

// S3 returns a client that puts the bucket in the path of the URL. Some endpoints do not support
// the bucket in the host name.
func S3(cfg aws.Config) *s3.Client {
	return s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
}

// Object splits a staged asset's ID into bucket and key.
func (r Resource) Object() (bucket, key string) {
	bucket, key, _ = strings.Cut(r.ID, "/")
	return bucket, key
}

// observeAsset looks for any version of the object. In a bucket with versions, "aws s3 rm" and the
// CDK's garbage collection keep the earlier versions of an object, although HeadObject no longer
// finds it:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html
func observeAsset(ctx context.Context, cfg aws.Config, id string) (Observation, error) {
	versions, changed, err := objectVersions(ctx, cfg, id)
	if err != nil {
		return absentIf(listVersions, codeNoSuchBucket, err)
	}
	if len(versions) == 0 {
		return notInList(listVersions), nil
	}
	o := found(listVersions)
	o.Since = changed
	return o, nil
}

// removeAsset deletes all versions and delete markers, because the bootstrap bucket keeps versions.
func removeAsset(ctx context.Context, cfg aws.Config, id string) error {
	versions, _, err := objectVersions(ctx, cfg, id)
	if err != nil {
		return err
	}
	bucket, key := Resource{Asset, id}.Object()
	for _, version := range versions {
		_, err := S3(cfg).DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: &key, VersionId: version})
		if err != nil {
			return err
		}
	}
	return nil
}

// objectVersions returns the version IDs of an object's versions and delete markers, and the time
// of the last change.
func objectVersions(ctx context.Context, cfg aws.Config, id string) (
	versions []*string, changed time.Time, err error,
) {
	bucket, key := Resource{Asset, id}.Object()
	add := func(k, version *string, modified *time.Time) {
		if aws.ToString(k) != key { // key is only a prefix of this object's key
			return
		}
		versions = append(versions, version)
		if t := aws.ToTime(modified); t.After(changed) {
			changed = t
		}
	}
	pages := s3.NewListObjectVersionsPaginator(S3(cfg), &s3.ListObjectVersionsInput{Bucket: &bucket, Prefix: &key})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, time.Time{}, err
		}
		if page.Name == nil { // a list of versions always contains the bucket's name
			return nil, time.Time{}, missingList(listVersions)
		}
		for _, version := range page.Versions {
			add(version.Key, version.VersionId, version.LastModified)
		}
		for _, marker := range page.DeleteMarkers {
			add(marker.Key, marker.VersionId, marker.LastModified)
		}
	}
	return versions, changed, nil
}
