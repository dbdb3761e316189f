package resource

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Asset is the resource kind for the files that a stack's deployments upload to the CDK's bootstrap
// bucket. CloudFormation does not manage these files.
const Asset Kind = "staged asset"

var assetRecord = record{
	kind:          Asset,
	title:         "staged asset",
	observe:       observeAsset,
	remove:        removeAsset,
	removeCommand: func(id string) string { return "aws s3 rm s3://" + id },
}

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

func observeAsset(ctx context.Context, cfg aws.Config, id string) (Observation, error) {
	const operation = "s3:HeadObject"
	bucket, key := Resource{Asset, id}.Object()
	out, err := S3(cfg).HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		// A HEAD response has no body, so the SDK takes the code from the status.
		return absentIf(operation, codeNotFound, err)
	}
	if out.ETag == nil { // every object has an ETag
		return Observation{}, missingResource(operation)
	}
	o := found(operation)
	o.Since = aws.ToTime(out.LastModified)
	return o, nil
}

// removeAsset deletes all versions and delete markers, because the bootstrap bucket keeps versions.
func removeAsset(ctx context.Context, cfg aws.Config, id string) error {
	client := S3(cfg)
	bucket, key := Resource{Asset, id}.Object()
	var versions []types.ObjectIdentifier
	pages := s3.NewListObjectVersionsPaginator(client, &s3.ListObjectVersionsInput{Bucket: &bucket, Prefix: &key})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, version := range page.Versions {
			versions = append(versions, types.ObjectIdentifier{Key: version.Key, VersionId: version.VersionId})
		}
		for _, marker := range page.DeleteMarkers {
			versions = append(versions, types.ObjectIdentifier{Key: marker.Key, VersionId: marker.VersionId})
		}
	}
	for _, version := range versions {
		if aws.ToString(version.Key) != key { // key is only a prefix of this object's key
			continue
		}
		_, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: &key,
			VersionId: version.VersionId})
		if err != nil {
			return err
		}
	}
	return nil
}
