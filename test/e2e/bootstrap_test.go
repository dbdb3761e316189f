package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
)

// organizationSettings holds the CDK settings of an organization with its own bootstrap, tags and
// permissions boundary.
const organizationSettings = `{
	"profile": "corp",
	"toolkitStackName": "OrgToolkit",
	"tags": [{"Key": "team", "Value": "pay"}],
	"context": {
		"@aws-cdk/core:bootstrapQualifier": "org",
		"@aws-cdk/core:permissionsBoundary": {"name": "limit-${Qualifier}"}
	}
}`

// environWithUserSettings returns an environment with a home folder. Its .cdk.json has the given
// content.
func (c *cloud) environWithUserSettings(t *testing.T, content string) []string {
	t.Helper()
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".cdk.json"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	environ := append(c.environ(), "HOME="+home)
	output, err := exec.CommandContext(t.Context(), "go", "env", "-json", "GOCACHE", "GOMODCACHE", "GOPATH").Output()
	var folders map[string]string // by default, Go keeps these folders in the home folder
	if err == nil {
		err = json.Unmarshal(output, &folders)
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, folder := range folders {
		environ = append(environ, name+"="+folder)
	}
	return environ
}

func TestCustomBootstrap(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	environ := c.environWithUserSettings(t, organizationSettings)
	boundary := "arn:aws:iam::" + c.account + ":policy/limit-org"
	run := func(code int, program string, args ...string) result {
		t.Helper()
		r := runCommand(t, environ, program, args...)
		if r.code != code {
			t.Fatalf("%q: got exit code %d, want %d:\n%s\n%s", args, r.code, code, r.stderr, r.stdout)
		}
		return r
	}

	bootstrap := "bootstrap aws://" + c.account + "/" + region + " --qualifier org --toolkit-stack-name OrgToolkit " +
		"--custom-permissions-boundary limit-org --tags team=pay"
	r := run(2, retrycatch, "deploy", "--yes")
	r.wantText(t, "error: the permissions boundary "+boundary+" does not exist")
	r.wantText(t, "region "+region+" is not bootstrapped for the CDK with the qualifier org\n"+
		"  next: npx cdk "+bootstrap+"\n")

	const allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	if _, err := iam.NewFromConfig(c.config).CreatePolicy(t.Context(), &iam.CreatePolicyInput{
		PolicyName: aws.String("limit-org"), PolicyDocument: aws.String(allowAll)}); err != nil {
		t.Fatal(err)
	}
	run(0, filepath.Join(repository, "node_modules", ".bin", "cdk"), strings.Fields(bootstrap)...)
	before := c.resources(t)

	run(0, retrycatch, "deploy", "--yes")
	c.checkOrganization(t)
	run(0, retrycatch, "run", "200")
	run(0, retrycatch, "status")
	run(0, retrycatch, "destroy", "--yes", "--assets")
	if added, removed := c.resources(t).Difference(before); len(added)+len(removed) > 0 {
		t.Errorf("the account changed (added: %q, removed: %q)", added, removed)
	}
}

// checkOrganization checks that the stack follows organizationSettings.
func (c *cloud) checkOrganization(t *testing.T) {
	t.Helper()
	stack, err := inventory.FindStack(t.Context(), c.config, "retrycatch")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"Project": "retrycatch", "Stack": "retrycatch", "team": "pay"}
	if diff := cmp.Diff(want, stack.Tags); diff != "" {
		t.Errorf("tags of the stack (-want +got):\n%s", diff)
	}
	template, err := cloudformation.NewFromConfig(c.config).GetTemplate(t.Context(),
		&cloudformation.GetTemplateInput{StackName: &stack.ARN})
	if err != nil {
		t.Fatal(err)
	}
	// MiniStack ignores permissions boundaries, so check the template.
	if n := strings.Count(*template.TemplateBody, "PermissionsBoundary"); n != 2 {
		t.Errorf("got %d permissions boundaries in the template, want 2, one for each role", n)
	}
	record, err := inventory.ReadRecord(t.Context(), c.config, stack)
	if err != nil {
		t.Fatal(err)
	}
	for _, asset := range record.Assets() {
		if asset.Kind != resource.Asset || !strings.HasPrefix(asset.ID, "cdk-org-assets-"+c.account+"-"+region+"/") {
			t.Errorf("got the asset %s, want one in the organization's bucket", asset.ID)
		}
	}
}
