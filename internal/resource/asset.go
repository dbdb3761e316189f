package resource

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Asset is the kind of files that the CDK staged for a stack in its bootstrap bucket. An asset is
// not part of the stack.
const Asset Kind = "staged asset"

var assetRecord = record{
	kind:    Asset,
	title:   "staged asset",
	observe: observeAsset,
	remove:  removeAsset,
	removal: func(id string) string { return "aws s3 rm s3://" + id },
}

// S3 returns a client that puts the bucket into the URL's path, which every endpoint understands.
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
		return absentIf(operation, codeNotFound, err) // a HEAD response has no body with another code
	}
	if out.ETag == nil { // every object has an ETag; a HEAD response has no body to check
		return Observation{}, incomplete(operation)
	}
	o := found(operation)
	o.Since = aws.ToTime(out.LastModified)
	return o, nil
}

// removeAsset removes all versions and delete markers, because the bootstrap bucket is versioned.
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
		if aws.ToString(version.Key) != key { // another object with this prefix
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
