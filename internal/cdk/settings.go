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
	RoleARN          Setting        // of the role that CloudFormation assumes
	ToolkitStackName string         // of the bootstrap stack, or empty
	ToolkitBucket    Bucket         // of the bootstrap stack
	Tags             []Tag          // replace the stacks' own tags
	Context          map[string]any // without the command line's
}

// Setting is a value and its source, for example CDK_PROFILE. Both are empty if nothing sets it.
type Setting struct{ Value, Source string }

// Tag holds a tag in cdk.json.
type Tag struct{ Key, Value string }

// Bucket names the bucket of a bootstrap stack in cdk.json. Its fields may be empty.
type Bucket struct {
	Name     string `json:"bucketName"`
	KMSKeyID string `json:"kmsKeyId"`
}

// file holds the content of cdk.json or ~/.cdk.json.
type file struct {
	Profile          string
	Region           string
	ToolkitStackName string
	ToolkitBucket    Bucket
	Tags             []Tag
	Context          map[string]any
}

// ReadSettings reads the settings of a project. The CDK CLI's order of precedence is the command
// line, the environment, cdk.json, ~/.cdk.json. For the context it is cdk.json, cdk.context.json,
// ~/.cdk.json: https://docs.aws.amazon.com/cdk/v2/guide/context.html
// The error joins a *problem.Problem for each invalid file.
func ReadSettings(project string) (Settings, error) {
	var own, users file
	lookups := map[string]any{}
	userFile := ""
	if home, err := os.UserHomeDir(); err == nil {
		userFile = filepath.Join(home, ".cdk.json")
	}
	err := errors.Join(readSettings(filepath.Join(project, settingsFile), &own),
		readSettings(filepath.Join(project, "cdk.context.json"), &lookups), readSettings(userFile, &users))
	if err != nil {
		return Settings{}, err
	}
	context := map[string]any{}
	for _, source := range []map[string]any{users.Context, lookups, own.Context} {
		maps.Copy(context, source)
	}
	tags := own.Tags
	if tags == nil {
		tags = users.Tags
	}
	if key, value, set := strings.Cut(os.Getenv("CDK_TAGS"), "="); set {
		tags = []Tag{{key, value}}
	}
	bucket := own.ToolkitBucket
	if bucket == (Bucket{}) {
		bucket = users.ToolkitBucket
	}
	profile := first(Setting{own.Profile, "profile in cdk.json"}, Setting{users.Profile, "profile in " + userFile})
	if value, set := os.LookupEnv("CDK_PROFILE"); set { // an empty value overrides the files too
		profile = first(Setting{value, "CDK_PROFILE"})
	}
	return Settings{
		Profile: profile,
		Region: first(Environment("CDK_REGION"), Setting{own.Region, "region in cdk.json"},
			Setting{users.Region, "region in " + userFile}),
		RoleARN: Environment("CDK_ROLE_ARN"), // the files have no such setting
		ToolkitStackName: first(Environment("CDK_TOOLKIT_STACK_NAME"), Setting{Value: own.ToolkitStackName},
			Setting{Value: users.ToolkitStackName}).Value,
		ToolkitBucket: bucket,
		Tags:          tags,
		Context:       context,
	}, nil
}

// Environment returns the first of the environment's variables that has a value.
func Environment(names ...string) Setting {
	for _, name := range names {
		if value := os.Getenv(name); value != "" {
			return Setting{value, name}
		}
	}
	return Setting{}
}

// first returns the first setting that has a value.
func first(settings ...Setting) Setting {
	for _, s := range settings {
		if s.Value != "" {
			return s
		}
	}
	return Setting{}
}

// readSettings reads a file that may be missing.
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
