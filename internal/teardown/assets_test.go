package teardown

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"time"

	"retrycatch/internal/accountstub"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

func asset(key string) resource.Resource {
	return resource.Resource{Kind: resource.Asset, ID: "bucket/" + key}
}

// withCode returns a template with a function whose code is in a staged file.
func withCode(key string) string {
	return `{"Outputs": {"FunctionRoleArn": {}, "StateMachineRoleArn": {}}, "Resources": {"Function": {"Type": ` +
		`"AWS::Lambda::Function", ` +
		`"Properties": {"FunctionName": "MockAPIFunction", "Code": {"S3Bucket": "bucket", "S3Key": "` + key + `"}}}}}`
}

func stagedTemplate(body string) resource.Resource {
	return asset(fmt.Sprintf("%x.json", sha256.Sum256([]byte(body))))
}

// staged returns an account with files staged for a stack and for its earlier deployment.
func staged(t *testing.T) (*account, *stack) {
	a, s := deployed(t)
	s.Template = withCode("now.zip")
	a.Add(asset("now.zip"), thing{Created: s.Created})
	a.Add(stagedTemplate(s.Template), thing{Created: s.Created, Body: s.Template})
	a.Add(asset("earlier.zip"), thing{Created: s.Created})
	a.Add(asset("earlier.json"), thing{Created: s.Created, Body: withCode("earlier.zip")})
	a.Add(asset("others.zip"), thing{Created: s.Created})
	others := `{"Resources": {"F": {"Type": "AWS::Lambda::Function"}}}`
	a.Add(asset("others.json"), thing{Created: s.Created, Body: others})
	return a, s
}

func withAssets(t *testing.T, a *account) Plan {
	t.Helper()
	plan := look(t, a)
	if err := plan.FindAssets(t.Context(), a.Config()); err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestAssets(t *testing.T) {
	template := stagedTemplate(withCode("now.zip"))
	tests := []struct {
		name    string
		prepare func(*account, *stack)
		want    map[resource.Resource]Now
	}{
		{"all deployments, not other functions", func(*account, *stack) {},
			map[resource.Resource]Now{asset("now.zip"): Gone, asset("earlier.zip"): Gone, template: Gone}},
		{"missing file", func(a *account, _ *stack) {
			a.DeleteAt(asset("now.zip"), ago(0))
		}, map[resource.Resource]Now{asset("earlier.zip"): Gone, template: Gone}},
		{"used by another stack", func(a *account, _ *stack) {
			a.Deploy("retrycatch-dev", ago(time.Hour)).Template = withCode("earlier.zip")
		}, map[resource.Resource]Now{asset("now.zip"): Gone, asset("earlier.zip"): Kept, template: Gone}},
		{"used by a pending change set", func(a *account, _ *stack) {
			a.AddStack("retrycatch-dev", ago(time.Hour)).ChangeSets = map[string]string{"set": withCode("earlier.zip")}
		}, map[resource.Resource]Now{asset("now.zip"): Gone, asset("earlier.zip"): Kept, template: Gone}},
		{"staged by an interrupted deployment", func(a *account, s *stack) {
			s.ChangeSets = map[string]string{"set": withCode("pending.zip")}
			a.Add(asset("pending.zip"), thing{Created: ago(time.Minute)})
		}, map[resource.Resource]Now{asset("now.zip"): Gone, asset("earlier.zip"): Gone, asset("pending.zip"): Gone,
			template: Gone}},
		{"stale ListStacks", func(a *account, _ *stack) {
			a.StaleDuration = time.Minute
		}, map[resource.Resource]Now{asset("now.zip"): Gone, asset("earlier.zip"): Gone, template: Gone}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				a, s := staged(t)
				test.prepare(a, s)
				report, err := execute(t, a, withAssets(t, a), Options{Assets: true})
				if err != nil {
					t.Fatal(err)
				}
				requireSame(t, "the states", allIn(Gone, test.want), states(report.Items))
				for r, now := range test.want {
					if a.Exists(r) != (now == Kept) {
						t.Errorf("the %s: got exists %v", r, a.Exists(r))
					}
				}
				if !a.Exists(asset("others.zip")) || !a.Exists(asset("others.json")) {
					t.Error("the teardown removed a file of another function")
				}
			})
		})
	}
}

func TestAssetsOfStackInReview(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a := accountstub.New(t)
		a.AddStack("retrycatch", ago(time.Hour)).ChangeSets = map[string]string{"set": withCode("pending.zip")}
		a.Add(asset("pending.zip"), thing{Created: ago(time.Hour)})
		plan := withAssets(t, a)
		requireSame(t, "the assets", []resource.Resource{asset("pending.zip")}, plan.Assets)
		if plan.Stack == nil || len(plan.Items) > 0 {
			t.Errorf("got plan %+v", plan)
		}
		report, err := execute(t, a, plan, Options{Assets: true})
		if err != nil {
			t.Fatal(err)
		}
		requireSame(t, "the states", map[resource.Resource]Now{asset("pending.zip"): Gone}, states(report.Items))
	})
}

// TestAssetKept keeps a file that another stack uses, and says why.
func TestAssetKept(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, _ := staged(t)
		a.Deploy("retrycatch-dev", ago(time.Hour)).Template = withCode("earlier.zip")
		report, err := execute(t, a, withAssets(t, a), Options{Assets: true})
		if err != nil {
			t.Fatal(err)
		}
		item := find(t, report.Items, asset("earlier.zip"))
		if item.Fate != NotDeleted || item.Now != Kept || item.Proof != "cloudformation:GetTemplate: found" ||
			item.Why != "is kept: the stack retrycatch-dev uses it" {
			t.Errorf("got file %+v", item)
		}
		if item := find(t, report.Items, asset("now.zip")); item.Fate != ByItself || item.Why != "" {
			t.Errorf("got the other file %+v", item)
		}
	})
}

// TestAssetRemovalFails continues after a file that cannot be removed.
func TestAssetRemovalFails(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, _ := staged(t)
		plan := withAssets(t, a)
		a.Deny("S3.DeleteObject")
		report, err := execute(t, a, plan, Options{Assets: true})
		if session.DeniedAction(err) != "s3:DeleteObjectVersion" {
			t.Errorf("got error %v", err)
		}
		left := map[resource.Resource]Now{asset("now.zip"): Left, asset("earlier.zip"): Left,
			stagedTemplate(withCode("now.zip")): Left}
		requireSame(t, "the states", allIn(Gone, left), states(report.Items))
		requireText(t, find(t, report.Items, asset("now.zip")).Why, "could not be removed")
		if report.Stays != nil {
			t.Errorf("got notes %v after an error, want none", report.Stays)
		}
	})
}

// TestAssetUsersUnknown removes no file if other users may exist.
func TestAssetUsersUnknown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, _ := staged(t)
		plan := withAssets(t, a)
		a.BeforeNext("CloudFormation.DeleteStack", func() { a.Deny("CloudFormation.GetTemplate") })
		a.Deploy("retrycatch-dev", ago(time.Hour)).Template = withCode("earlier.zip")
		report, err := execute(t, a, plan, Options{Assets: true})
		if !session.Denied(err) || !a.Exists(asset("now.zip")) || len(report.Items) != len(all) {
			t.Errorf("got error %v and report %+v", err, report)
		}
	})
}

func TestAssetsStay(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, _ := staged(t)
		plan := withAssets(t, a)
		a.FirstInstance(role).DeletionError = "no"
		_, err := execute(t, a, plan, Options{Assets: true})
		if failed := (*FailedError)(nil); !errors.As(err, &failed) || !a.Exists(asset("now.zip")) {
			t.Errorf("failed deletion: got error %v", err)
		}
		a.FirstInstance(role).DeletionError = ""
		if report := destroy(t, a, Options{}); !a.Exists(asset("now.zip")) || len(report.Items) != len(all) {
			t.Errorf("no option: got report %+v", report)
		}
	})
}

// TestAssetsWithoutTemplate expects an error: without its template, the files of a stack are
// unknown.
func TestAssetsWithoutTemplate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, _ := staged(t)
		a.Deny("CloudFormation.GetTemplate")
		plan := look(t, a)
		if err := plan.FindAssets(t.Context(), a.Config()); !session.Denied(err) {
			t.Errorf("got error %v", err)
		}
	})
}
