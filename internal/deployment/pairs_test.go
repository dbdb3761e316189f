package deployment

import (
	"errors"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFromPairs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		pairs   []string
		context map[string]any
		want    func(d *Deployment) // changes to the defaults
	}{
		{"empty", nil, nil, func(*Deployment) {}},
		{"pair", []string{"architecture=x86_64"}, nil, func(d *Deployment) { d.Architecture = X8664 }},
		{"last pair of an option", []string{"stage=dev", "stage=prod"}, nil, func(d *Deployment) { d.Stage = "prod" }},
		{"context", []string{"stage=dev"}, map[string]any{"architecture": "x86_64", "protect": true},
			func(d *Deployment) { d.Stage, d.Architecture, d.Protect = "dev", X8664, true }},
		{"pair overrides context", []string{"stage=prod", "protect=false", "regions=us-east-1"},
			map[string]any{"stage": "dev", "protect": true, "regions": []any{"eu-west-1", "eu-central-1"}},
			func(d *Deployment) { d.Stage, d.Regions = "prod", []string{"us-east-1"} }},
		{"pair overrides invalid context", []string{"architecture=x86_64"}, map[string]any{"architecture": "mips"},
			func(d *Deployment) { d.Architecture = X8664 }},
		{
			"CDK's own context",
			nil,
			map[string]any{"@aws-cdk/core:checkSecretUsage": true, "Stage": "x"},
			func(*Deployment) {},
		},
		{"CDK's own context in a pair", []string{"@aws-cdk/core:bootstrapQualifier=org"}, nil, func(*Deployment) {}},
		{"alarm email with alarms", []string{"alarmEmail=a@example.com", "observability=on"}, nil,
			func(d *Deployment) { d.AlarmEmail = "a@example.com" }},
		{
			"alarms turned on by a pair",
			[]string{"observability=on"},
			map[string]any{
				"observability": "off",
				"alarmEmail":    "a@example.com",
			},
			func(d *Deployment) { d.AlarmEmail = "a@example.com" },
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := defaults
			test.want(&want)
			before := maps.Clone(test.context)
			got, err := FromPairs(test.pairs, test.context)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the deployment differs (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, test.context); diff != "" {
				t.Errorf("the context was changed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFromPairsInvalid(t *testing.T) {
	t.Parallel()
	type invalid struct{ Option, Value string }
	tests := []struct {
		name    string
		pairs   []string
		context map[string]any
		want    []invalid
	}{
		{"invalid value", []string{"architecture=mips"}, nil, []invalid{{"architecture", "mips"}}},
		{"invalid value in the context", []string{"stage=dev"}, map[string]any{"account": 1.0}, []invalid{{"account", "1"}}},
		{"invalid pair overrides context", []string{"stage=Dev"}, map[string]any{"stage": "dev"},
			[]invalid{{"stage", "Dev"}}},
		{"second equals sign", []string{"architecture=arm64=x"}, nil, []invalid{{"architecture", "arm64=x"}}},
		{"name without a value", []string{"architecture"}, nil, []invalid{{"architecture", ""}}},
		{"unknown option", []string{"color=red"}, nil, []invalid{{"color", "red"}}},
		{"option with a capital letter", []string{"Stage=dev"}, nil, []invalid{{"Stage", "dev"}}},
		{"option with white space", []string{" stage=dev"}, nil, []invalid{{" stage", "dev"}}},
		{"another tool's context", []string{"@aws-cdkx/core:x=true"}, nil, []invalid{{"@aws-cdkx/core:x", "true"}}},
		{"empty pair", []string{""}, nil, []invalid{{"", ""}}},
		{"unknown option twice", []string{"color=red", "color=blue"}, nil, []invalid{{"color", "red"}, {"color", "blue"}}},
		{"errors in pairs and context", []string{"protect=yes", "color=red", "regions=all", "architecture=mips",
			"stage=Dev"},
			map[string]any{"account": true, "observability": "", "alarmEmail": 5.0, "stage": "dev"},
			[]invalid{{"color", "red"}, {"stage", "Dev"}, {"account", "true"}, {"regions", "all"}, {"architecture", "mips"},
				{"observability", ""},
				{"alarmEmail", "5"}, {"protect", "yes"}}},
		{"alarm email without alarms", []string{"observability=off", "alarmEmail=a@example.com"}, nil,
			[]invalid{{"observability", "off"}}},
		{"alarm email in the context", []string{"observability=off"},
			map[string]any{"alarmEmail": "a@example.com"}, []invalid{{"observability", "off"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d, err := FromPairs(test.pairs, test.context)
			var got []invalid
			for _, e := range requireOptionErrors(t, d, err) {
				got = append(got, invalid{e.Option, e.Value})
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the invalid options differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOptionError(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		pairs []string
		want  string
	}{
		{
			"stage",
			[]string{"stage=Dev"},
			`option stage cannot be "Dev": it must be up to 16 lowercase letters, digits and single hyphens, starting with ` +
				`a letter, for example -c stage=dev`,
		},
		{"account", []string{"account=mine"},
			`option account cannot be "mine": it must be an account number of 12 digits, for example -c account=123456789012`},
		{
			"regions",
			[]string{"regions=all"},
			`option regions cannot be "all": it must be one or more different regions, separated by commas, for example -c ` +
				`regions=eu-central-1,us-east-1`,
		},
		{"architecture", []string{"architecture=mips"},
			`option architecture cannot be "mips": it must be arm64 or x86_64, for example -c architecture=arm64`},
		{"observability", []string{"observability="},
			`option observability cannot be "": it must be on or off, for example -c observability=off`},
		{
			"email address with a line break",
			[]string{"alarmEmail=a\nb@example.com"},
			`option alarmEmail cannot be "a\nb@example.com": it must be an email address in ASCII, with an international ` +
				`domain in Punycode, for example -c alarmEmail=oncall@example.com`,
		},
		{"protect", []string{"protect=yes"},
			`option protect cannot be "yes": it must be true or false, for example -c protect=true`},
		{
			"alarm email without alarms",
			[]string{"alarmEmail=a@example.com", "observability=off"},
			`option observability cannot be "off": it must be on if alarmEmail is set (off removes the alarms), for example ` +
				`-c observability=on`,
		},
		{
			"unknown option",
			[]string{"color=red"},
			`there is no option "color": the options are stage, account, regions, architecture, observability, alarmEmail, ` +
				`protect`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := FromPairs(test.pairs, nil)
			if err == nil {
				t.Fatal("got no error")
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("the text differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOptionExamples(t *testing.T) {
	t.Parallel()
	for _, name := range OptionNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := FromPairs([]string{name + "="}, nil)
			var optionErr *OptionError
			if !errors.As(err, &optionErr) {
				t.Fatalf("empty value: got error %v, want an *OptionError", err)
			}
			if _, err := FromPairs([]string{name + "=" + optionErr.Example}, nil); err != nil {
				t.Errorf("example value %q: %v", optionErr.Example, err)
			}
		})
	}
}
