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

// templateWithCode returns a template with a function. Its code is the staged file with this key.
func templateWithCode(key string) string {
	return `{"Outputs": {"FunctionRoleArn": {}, "StateMachineRoleArn": {}}, "Resources": {"Function": {"Type": ` +
		`"AWS::Lambda::Function", ` +
		`"Properties": {"FunctionName": "MockAPIFunction", "Code": {"S3Bucket": "bucket", "S3Key": "` + key + `"}}}}}`
}

func stagedTemplate(body string) resource.Resource {
	return asset(fmt.Sprintf("%x.json", sha256.Sum256([]byte(body))))
}

// accountWithAssets returns an account with a stack. The CDK's bucket contains files of the stack,
// of its earlier deployment, and of another function.
func accountWithAssets(t *testing.T) (*account, *stack) {
	a, s := deployed(t)
	s.Template = templateWithCode("current.zip")
	a.Add(asset("current.zip"), instance{Created: s.Created})
	a.Add(stagedTemplate(s.Template), instance{Created: s.Created, Body: s.Template})
	a.Add(asset("earlier.zip"), instance{Created: s.Created})
	a.Add(asset("earlier.json"), instance{Created: s.Created, Body: templateWithCode("earlier.zip")})
	a.Add(asset("others.zip"), instance{Created: s.Created})
	others := `{"Resources": {"F": {"Type": "AWS::Lambda::Function"}}}`
	a.Add(asset("others.json"), instance{Created: s.Created, Body: others})
	return a, s
}

func planWithAssets(t *testing.T, a *account) Plan {
	t.Helper()
	plan := readPlan(t, a)
	if err := plan.FindAssets(t.Context(), a.Config()); err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestAssets(t *testing.T) {
	template := stagedTemplate(templateWithCode("current.zip"))
	tests := []struct {
		name    string
		prepare func(*account, *stack)
		want    map[resource.Resource]State
	}{
		{"files of all deployments", func(*account, *stack) {},
			map[resource.Resource]State{asset("current.zip"): Gone, asset("earlier.zip"): Gone, template: Gone}},
		{"missing file", func(a *account, _ *stack) {
			a.DeleteAt(asset("current.zip"), ago(0))
		}, map[resource.Resource]State{asset("earlier.zip"): Gone, template: Gone}},
		{"used by another stack", func(a *account, _ *stack) {
			a.Deploy("retrycatch-dev", ago(time.Hour)).Template = templateWithCode("earlier.zip")
		}, map[resource.Resource]State{asset("current.zip"): Gone, asset("earlier.zip"): Kept, template: Gone}},
		{"used by a pending change set", func(a *account, _ *stack) {
			a.AddStack("retrycatch-dev", ago(time.Hour)).ChangeSets = map[string]string{"set": templateWithCode("earlier.zip")}
		}, map[resource.Resource]State{asset("current.zip"): Gone, asset("earlier.zip"): Kept, template: Gone}},
		{"staged by an interrupted deployment", func(a *account, s *stack) {
			s.ChangeSets = map[string]string{"set": templateWithCode("pending.zip")}
			a.Add(asset("pending.zip"), instance{Created: ago(time.Minute)})
		}, map[resource.Resource]State{asset("current.zip"): Gone, asset("earlier.zip"): Gone, asset("pending.zip"): Gone,
			template: Gone}},
		{"stale ListStacks", func(a *account, _ *stack) {
			a.StaleDuration = time.Minute
		}, map[resource.Resource]State{asset("current.zip"): Gone, asset("earlier.zip"): Gone, template: Gone}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a, s := accountWithAssets(t)
				test.prepare(a, s)
				report, err := execute(t, a, planWithAssets(t, a), Options{Assets: true})
				if err != nil {
					t.Fatal(err)
				}
				requireSame(t, "the states", allIn(Gone, test.want), states(report.Items))
				for r, state := range test.want {
					if a.Exists(r) != (state == Kept) {
						t.Errorf("the %s: got exists %t, want %t", r, a.Exists(r), state == Kept)
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
	inBubble(t, func(t *testing.T) {
		a := accountstub.New(t)
		a.AddStack("retrycatch", ago(time.Hour)).ChangeSets = map[string]string{"set": templateWithCode("pending.zip")}
		a.Add(asset("pending.zip"), instance{Created: ago(time.Hour)})
		plan := planWithAssets(t, a)
		requireSame(t, "the assets", []resource.Resource{asset("pending.zip")}, plan.Assets)
		if plan.Stack == nil || len(plan.Items) > 0 {
			t.Errorf("got plan %+v, want one with a stack and without items", plan)
		}
		report, err := execute(t, a, plan, Options{Assets: true})
		if err != nil {
			t.Fatal(err)
		}
		requireSame(t, "the states", map[resource.Resource]State{asset("pending.zip"): Gone}, states(report.Items))
	})
}

func TestAssetKept(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, _ := accountWithAssets(t)
		a.Deploy("retrycatch-dev", ago(time.Hour)).Template = templateWithCode("earlier.zip")
		report, err := execute(t, a, planWithAssets(t, a), Options{Assets: true})
		if err != nil {
			t.Fatal(err)
		}
		item := find(t, report.Items, asset("earlier.zip"))
		if item.Fate != NotDeleted || item.State != Kept || item.Proof != "cloudformation:GetTemplate: found" ||
			item.Why != "is kept: the stack retrycatch-dev uses it" {
			t.Errorf("got %+v, want a kept file", item)
		}
		if item := find(t, report.Items, asset("current.zip")); item.Fate != ByOwnAPI || item.Why != "" {
			t.Errorf("got %+v, want a removed file", item)
		}
	})
}

func TestAssetRemovalFails(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, _ := accountWithAssets(t)
		plan := planWithAssets(t, a)
		a.Deny("S3.DeleteObject")
		report, err := execute(t, a, plan, Options{Assets: true})
		if session.DeniedAction(err) != "s3:DeleteObjectVersion" {
			t.Errorf("got error %v, want a denied call to s3:DeleteObjectVersion", err)
		}
		left := map[resource.Resource]State{asset("current.zip"): Remaining, asset("earlier.zip"): Remaining,
			stagedTemplate(templateWithCode("current.zip")): Remaining}
		requireSame(t, "the states", allIn(Gone, left), states(report.Items))
		requireText(t, find(t, report.Items, asset("current.zip")).Why, "could not be removed")
		if report.Notes != nil {
			t.Errorf("got notes %v after an error, want none", report.Notes)
		}
	})
}

// TestAssetUsersUnknown checks that no file is removed if other stacks cannot be read.
func TestAssetUsersUnknown(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, _ := accountWithAssets(t)
		plan := planWithAssets(t, a)
		a.BeforeNext("CloudFormation.DeleteStack", func() { a.Deny("CloudFormation.GetTemplate") })
		a.Deploy("retrycatch-dev", ago(time.Hour)).Template = templateWithCode("earlier.zip")
		report, err := execute(t, a, plan, Options{Assets: true})
		if !session.Denied(err) || !a.Exists(asset("current.zip")) || len(report.Items) != len(all) {
			t.Errorf("got error %v and report %+v, want a denied call and no removed files", err, report)
		}
	})
}

func TestAssetsNotRemoved(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, _ := accountWithAssets(t)
		plan := planWithAssets(t, a)
		a.FirstInstance(role).DeletionError = "cannot be deleted"
		_, err := execute(t, a, plan, Options{Assets: true})
		if failed := (*FailedError)(nil); !errors.As(err, &failed) || !a.Exists(asset("current.zip")) {
			t.Errorf("failed deletion: got error %v, want a *FailedError and no removed files", err)
		}
		a.FirstInstance(role).DeletionError = ""
		if report := destroy(t, a, Options{}); !a.Exists(asset("current.zip")) || len(report.Items) != len(all) {
			t.Errorf("without Options.Assets: got report %+v, want no removed files", report)
		}
	})
}

func TestFindAssetsDenied(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, _ := accountWithAssets(t)
		a.Deny("CloudFormation.GetTemplate")
		plan := readPlan(t, a)
		if err := plan.FindAssets(t.Context(), a.Config()); !session.Denied(err) {
			t.Errorf("got error %v, want a denied call", err)
		}
	})
}
