package cdk

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"retrycatch/internal/problem"
)

// Settings holds the settings that the CDK CLI reads from the environment and from files:
// https://docs.aws.amazon.com/cdk/v2/guide/configure-access.html
// https://github.com/aws/aws-cdk-cli/tree/main/packages/aws-cdk#configuration
type Settings struct {
	Profile          Setting
	Region           Setting
	RoleARN          Setting        // ARN of the role that CloudFormation assumes
	ToolkitStackName string         // name of the bootstrap stack, or empty
	ToolkitBucket    Bucket         // bucket of the bootstrap stack
	Tags             []Tag          // if set, they replace the stacks' own tags
	Context          map[string]any // context in files; excludes the command line and CDK_CONTEXT
}

// Setting holds a value and its source, for example CDK_PROFILE. Both are empty if no source sets a
// value.
type Setting struct{ Value, Source string }

// Tag holds a tag in the settings.
type Tag struct{ Key, Value string }

// Bucket holds the settings for the bucket of a bootstrap stack. The fields may be empty.
type Bucket struct {
	Name     string `json:"bucketName"`
	KMSKeyID string `json:"kmsKeyId"`
}

// file holds the settings in cdk.json or ~/.cdk.json.
type file struct {
	Profile          string
	Region           string
	ToolkitStackName string
	ToolkitBucket    Bucket
	Tags             []Tag
	Context          map[string]any
}

// ReadSettings reads the settings of a project. The environment overrides cdk.json, and cdk.json
// overrides ~/.cdk.json. In the context, cdk.json overrides cdk.context.json, and cdk.context.json
// overrides ~/.cdk.json. The CDK CLI uses the same order:
// https://docs.aws.amazon.com/cdk/v2/guide/context.html
//
// The error joins a *problem.Problem for each invalid file.
func ReadSettings(project string) (Settings, error) {
	var inProject, inHome file
	cachedContext := map[string]any{}
	userFile := ""
	if home, err := os.UserHomeDir(); err == nil {
		userFile = filepath.Join(home, ".cdk.json")
	}
	err := errors.Join(readSettings(filepath.Join(project, settingsFile), &inProject),
		readSettings(filepath.Join(project, "cdk.context.json"), &cachedContext), readSettings(userFile, &inHome))
	if err != nil {
		return Settings{}, err
	}
	context := map[string]any{}
	for _, source := range []map[string]any{inHome.Context, cachedContext, inProject.Context} {
		maps.Copy(context, source)
	}
	tags := inProject.Tags
	if tags == nil {
		tags = inHome.Tags
	}
	if key, value, set := strings.Cut(os.Getenv("CDK_TAGS"), "="); set {
		tags = []Tag{{key, value}}
	}
	bucket := inProject.ToolkitBucket
	if bucket == (Bucket{}) {
		bucket = inHome.ToolkitBucket
	}
	profile := firstSet(Setting{inProject.Profile, "profile in cdk.json"},
		Setting{inHome.Profile, "profile in " + userFile})
	if value, set := os.LookupEnv("CDK_PROFILE"); set { // an empty value overrides the files too
		profile = firstSet(Setting{value, "CDK_PROFILE"})
	}
	return Settings{
		Profile: profile,
		Region: firstSet(FromEnvironment("CDK_REGION"), Setting{inProject.Region, "region in cdk.json"},
			Setting{inHome.Region, "region in " + userFile}),
		RoleARN: FromEnvironment("CDK_ROLE_ARN"), // the files have no such setting
		ToolkitStackName: firstSet(FromEnvironment("CDK_TOOLKIT_STACK_NAME"), Setting{Value: inProject.ToolkitStackName},
			Setting{Value: inHome.ToolkitStackName}).Value,
		ToolkitBucket: bucket,
		Tags:          tags,
		Context:       context,
	}, nil
}

// FromEnvironment returns the first of these environment variables that has a value.
func FromEnvironment(names ...string) Setting {
	for _, name := range names {
		if value := os.Getenv(name); value != "" {
			return Setting{value, name}
		}
	}
	return Setting{}
}

// firstSet returns the first setting that has a value.
func firstSet(settings ...Setting) Setting {
	for _, s := range settings {
		if s.Value != "" {
			return s
		}
	}
	return Setting{}
}

// readSettings reads a JSON file into settings. It ignores a missing file.
func readSettings(file string, settings any) error {
	content, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(content, settings)
	}
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		err = fmt.Errorf("%s cannot be a JSON %s", cmp.Or(strings.ToLower(wrong.Field), "the whole file"), wrong.Value)
	}
	if err != nil {
		return &problem.Problem{What: file + " cannot be read as the CDK's settings: " + err.Error(),
			Next: "correct the file"}
	}
	return nil
}
