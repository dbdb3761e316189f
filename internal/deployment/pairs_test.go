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
		want    func(d *Deployment) // of the defaults
	}{
		{"nothing is the defaults", nil, nil, func(*Deployment) {}},
		{"a pair sets its option", []string{"architecture=x86_64"}, nil, func(d *Deployment) { d.Architecture = X8664 }},
		{"the last pair of an option counts", []string{"stage=dev", "stage=prod"}, nil, func(d *Deployment) { d.Stage = "prod" }},
		{"the context sets what no pair does", []string{"stage=dev"}, map[string]any{"architecture": "x86_64", "protect": true},
			func(d *Deployment) { d.Stage, d.Architecture, d.Protect = "dev", X8664, true }},
		{"a pair wins over the context", []string{"stage=prod", "protect=false", "regions=us-east-1"},
			map[string]any{"stage": "dev", "protect": true, "regions": []any{"eu-west-1", "eu-central-1"}},
			func(d *Deployment) { d.Stage, d.Regions = "prod", []string{"us-east-1"} }},
		{"a pair wins over a context that is wrong", []string{"architecture=x86_64"}, map[string]any{"architecture": "mips"},
			func(d *Deployment) { d.Architecture = X8664 }},
		{"the CDK's own context does not matter", nil, map[string]any{"@aws-cdk/core:checkSecretUsage": true, "Stage": "x"}, func(*Deployment) {}},
		{"the CDK's own context in a pair", []string{"@aws-cdk/core:bootstrapQualifier=org"}, nil, func(*Deployment) {}},
		{"alarms can be told of where there are any", []string{"alarmEmail=a@example.com", "observability=on"}, nil,
			func(d *Deployment) { d.AlarmEmail = "a@example.com" }},
		{"a pair switches on what the context switches off, so that alarms can be told of", []string{"observability=on"},
			map[string]any{"observability": "off", "alarmEmail": "a@example.com"}, func(d *Deployment) { d.AlarmEmail = "a@example.com" }},
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
				t.Errorf("the context has been changed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryWrongOptionIsToldAtOnce(t *testing.T) {
	t.Parallel()
	type told struct{ Option, Value string }
	tests := []struct {
		name    string
		pairs   []string
		context map[string]any
		want    []told
	}{
		{"a wrong value", []string{"architecture=mips"}, nil, []told{{"architecture", "mips"}}},
		{"a wrong value in the context", []string{"stage=dev"}, map[string]any{"account": 1.0}, []told{{"account", "1"}}},
		{"a pair wins, right or wrong", []string{"stage=Dev"}, map[string]any{"stage": "dev"}, []told{{"stage", "Dev"}}},
		{"the value begins at the first equals sign", []string{"architecture=arm64=x"}, nil, []told{{"architecture", "arm64=x"}}},
		{"a name without a value has the empty value", []string{"architecture"}, nil, []told{{"architecture", ""}}},
		{"an unknown option", []string{"color=red"}, nil, []told{{"color", "red"}}},
		{"an option's case matters", []string{"Stage=dev"}, nil, []told{{"Stage", "dev"}}},
		{"an option's white space matters", []string{" stage=dev"}, nil, []told{{" stage", "dev"}}},
		{"another tool's context", []string{"@aws-cdkx/core:x=true"}, nil, []told{{"@aws-cdkx/core:x", "true"}}},
		{"an empty pair", []string{""}, nil, []told{{"", ""}}},
		{"the same unknown option twice", []string{"color=red", "color=blue"}, nil, []told{{"color", "red"}, {"color", "blue"}}},
		{"all of them, from both places", []string{"protect=yes", "color=red", "regions=all", "architecture=mips", "stage=Dev"},
			map[string]any{"account": true, "observability": "", "alarmEmail": 5.0, "stage": "dev"},
			[]told{{"color", "red"}, {"stage", "Dev"}, {"account", "true"}, {"regions", "all"}, {"architecture", "mips"}, {"observability", ""},
				{"alarmEmail", "5"}, {"protect", "yes"}}},
		{"nobody to tell of alarms where there are none", []string{"observability=off", "alarmEmail=a@example.com"}, nil, []told{{"observability", "off"}}},
		{"nobody to tell of alarms where there are none, as both places together say", []string{"observability=off"},
			map[string]any{"alarmEmail": "a@example.com"}, []told{{"observability", "off"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d, err := FromPairs(test.pairs, test.context)
			var got []told
			for _, wrong := range requireWrong(t, d, err) {
				got = append(got, told{wrong.Option, wrong.Value})
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the wrong options differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOptionErrorsSayWhatIsAllowed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		pairs []string
		want  string
	}{
		{"a stage", []string{"stage=Dev"},
			`option stage cannot be "Dev": it is up to 16 lower-case letters, digits and single hyphens, a letter first, for example -c stage=dev`},
		{"an account", []string{"account=mine"},
			`option account cannot be "mine": it is an account's number, 12 digits, for example -c account=123456789012`},
		{"regions", []string{"regions=all"},
			`option regions cannot be "all": it is one region or several different ones, with commas between them, for example -c regions=eu-central-1,us-east-1`},
		{"an architecture", []string{"architecture=mips"},
			`option architecture cannot be "mips": it is one of arm64, x86_64, for example -c architecture=arm64`},
		{"observability", []string{"observability="},
			`option observability cannot be "": it is one of on, off, for example -c observability=off`},
		{"an e-mail address, of which a line break does not break the line", []string{"alarmEmail=a\nb@example.com"},
			`option alarmEmail cannot be "a\nb@example.com": it is an e-mail address in ASCII, as SNS requires; a domain with other letters is written in Punycode, for example -c alarmEmail=oncall@example.com`},
		{"protection", []string{"protect=yes"},
			`option protect cannot be "yes": it is one of true, false, for example -c protect=true`},
		{"alarms that there are not", []string{"alarmEmail=a@example.com", "observability=off"},
			`option observability cannot be "off": it is on where alarmEmail is given, as there is no alarm to tell of without it, for example -c observability=on`},
		{"an unknown option", []string{"color=red"},
			`there is no option "color": the options are stage, account, regions, architecture, observability, alarmEmail, protect`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := FromPairs(test.pairs, nil)
			if err == nil {
				t.Fatal("there is no error")
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("the text differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheExampleOfAnOptionIsAllowed(t *testing.T) {
	t.Parallel()
	for _, name := range OptionNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := FromPairs([]string{name + "="}, nil)
			var wrong *OptionError
			if !errors.As(err, &wrong) {
				t.Fatalf("an empty value gives %v", err)
			}
			if _, err := FromPairs([]string{name + "=" + wrong.Example}, nil); err != nil {
				t.Error(err)
			}
		})
	}
}
