package deployment

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// defaults is the deployment without options.
var defaults = Deployment{Architecture: ARM64, Observability: true}

func TestValidValues(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		option string
		value  any
		change func(d *Deployment) // changes to the defaults
	}{
		{"CDK's own context", "@aws-cdk/core:checkSecretUsage", true, func(*Deployment) {}},

		{"stage", OptionStage, "dev", func(d *Deployment) { d.Stage = "dev" }},
		{"stage of one letter", OptionStage, "a", func(d *Deployment) { d.Stage = "a" }},
		{"longest stage", OptionStage, "a123456789-12345", func(d *Deployment) { d.Stage = "a123456789-12345" }},
		{"stage with hyphens and digits", OptionStage, "pr-12-x", func(d *Deployment) { d.Stage = "pr-12-x" }},
		{"stage true in cdk.json", OptionStage, true, func(d *Deployment) { d.Stage = "true" }},
		{"stage named after a region", OptionStage, "eu-west-1", func(d *Deployment) { d.Stage = "eu-west-1" }},

		{"account", OptionAccount, "123456789012", func(d *Deployment) { d.Account = "123456789012" }},
		{"account with leading zeros", OptionAccount, "000000000000", func(d *Deployment) { d.Account = "000000000000" }},
		{
			"account as a number in cdk.json",
			OptionAccount,
			123456789012.0,
			func(d *Deployment) { d.Account = "123456789012" },
		},

		{"region", OptionRegions, "eu-west-1", func(d *Deployment) { d.Regions = []string{"eu-west-1"} }},
		{
			"two regions",
			OptionRegions,
			"eu-west-1,us-east-1",
			func(d *Deployment) { d.Regions = []string{"eu-west-1", "us-east-1"} },
		},
		{
			"order of regions",
			OptionRegions,
			"us-east-1,eu-west-1",
			func(d *Deployment) { d.Regions = []string{"us-east-1", "eu-west-1"} },
		},
		{"region as a list", OptionRegions, []any{"eu-west-1"}, func(d *Deployment) { d.Regions = []string{"eu-west-1"} }},
		{
			"two regions as a list",
			OptionRegions,
			[]any{"eu-west-1", "us-east-1"},
			func(d *Deployment) { d.Regions = []string{"eu-west-1", "us-east-1"} },
		},
		{"regions of every form", OptionRegions,
			"us-gov-west-1,us-isob-east-1,cn-northwest-1,eusc-de-east-1,ap-southeast-7",
			func(d *Deployment) {
				d.Regions = []string{"us-gov-west-1", "us-isob-east-1", "cn-northwest-1", "eusc-de-east-1", "ap-southeast-7"}
			}},
		{
			"region of 16 characters",
			OptionRegions,
			"ap-southeastxx-1",
			func(d *Deployment) { d.Regions = []string{"ap-southeastxx-1"} },
		},

		{"arm64", OptionArchitecture, "arm64", func(*Deployment) {}},
		{"x86_64", OptionArchitecture, "x86_64", func(d *Deployment) { d.Architecture = X8664 }},

		{"observability on", OptionObservability, "on", func(*Deployment) {}},
		{"observability off", OptionObservability, "off", func(d *Deployment) { d.Observability = false }},

		{
			"email address",
			OptionAlarmEmail,
			"oncall@example.com",
			func(d *Deployment) { d.AlarmEmail = "oncall@example.com" },
		},
		{"email address with a tag", OptionAlarmEmail, "on.call+aws@mail.example.co.uk",
			func(d *Deployment) { d.AlarmEmail = "on.call+aws@mail.example.co.uk" }},
		{
			"email address with an apostrophe",
			OptionAlarmEmail,
			"o'hara@example.com",
			func(d *Deployment) { d.AlarmEmail = "o'hara@example.com" },
		},
		{"longest email address", OptionAlarmEmail, longest, func(d *Deployment) { d.AlarmEmail = longest }},
		{
			"email address in Punycode",
			OptionAlarmEmail,
			"a@xn--mller-kva.example",
			func(d *Deployment) { d.AlarmEmail = "a@xn--mller-kva.example" },
		},
		{
			"email address with symbols",
			OptionAlarmEmail,
			"a!#$%&'*+/=?^_`{|}~-b@e-x.example",
			func(d *Deployment) { d.AlarmEmail = "a!#$%&'*+/=?^_`{|}~-b@e-x.example" },
		},

		{"protected", OptionProtect, "true", func(d *Deployment) { d.Protect = true }},
		{"not protected", OptionProtect, "false", func(*Deployment) {}},
		{"protected in cdk.json", OptionProtect, true, func(d *Deployment) { d.Protect = true }},
		{"not protected in cdk.json", OptionProtect, false, func(*Deployment) {}},
	}
	for _, name := range OptionNames() {
		tests = append(tests, struct {
			name   string
			option string
			value  any
			change func(d *Deployment)
		}{"null selects the default: " + name, name, nil, func(*Deployment) {}})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := defaults
			test.change(&want)
			got, err := New(func(option string) any { return map[string]any{test.option: test.value}[option] })
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the deployment differs (-want +got):\n%s", diff)
			}
		})
	}
}

// longest is an email address of 254 characters, with 64 before the @.
var longest = strings.Repeat("x", 64) + "@" + strings.Repeat("x.", 93) + "com"

func TestInvalidValues(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 65)
	tests := map[string][]string{
		OptionStage: {"Dev", "DEV", "my stage", " dev", "dev ", "dev\n", "a123456789-123456", "1dev", "-dev", "dev-",
			"my--dev", "-",
			"my_dev", "my.dev", "dév", "dev/..", "dev=x", "${dev}"},
		OptionAccount: {"12345678901", "1234567890123", "1234-5678-9012", "12345678901a", "١٢٣٤٥٦٧٨٩٠١٢", " 123456789012",
			"123456789012\n", "mine"},
		OptionRegions: {"eu-west-1,eu-west-1", "eu-west-1,us-east-1,eu-west-1", "eu-west-1,", ",eu-west-1",
			"eu-west-1,,us-east-1", ",",
			"eu-west-1, us-east-1", "eu-west-1 us-east-1", "eu-west-1;us-east-1", "EU-WEST-1", "eu-west-1a", "eu-west",
			"euwest1", "all",
			"eu-west-1\n", "ap-southeastxxx-1", "eu--west-1", "[eu-west-1]"},
		OptionArchitecture:  {"mips", "amd64", "aarch64", "ARM64", "arm64 ", "arm64,x86_64"},
		OptionObservability: {"On", "OFF", "on ", "yes", "true", "false"},
		OptionAlarmEmail: {"oncall", "oncall@", "@example.com", "oncall@localhost", "a@b@example.com",
			"oncall@example..com", "oncall@example.com.",
			"on call@example.com", " oncall@example.com", "oncall@example.com ", "a@exa_mple.com", "a@example.com?x=y",
			long + "@example.com",
			// SNS rejects these.
			"müller@example.com", "a@müller.example", "ａ@example.com", "a@example.рф", "a@例え.jp", "\xff@example.com",
			"a@example.com\xe9",
			".a@example.com", "a.@example.com", "a..b@example.com", "a@-example.com", "a@example-.com", "a@10.0.0.1",
			"a@[10.0.0.1]",
			"a@" + strings.Repeat("x", 64) + ".com", "a@" + strings.Repeat("x.", 126) + "com", `a\b@example.com`,
			"a(b)@example.com", "a:b@example.com",
			// These contain two addresses or a mail header.
			"Me <me@example.com>", "a@example.com,b@example.com", "a,b@example.com", "a;b@example.com", `"a"@example.com`,
			`a@example.com"`,
			"a@example.com\nb@example.com", "a\nb@example.com", "a@example.com\n", "a\r\nBcc:b@example.com",
			// These contain invisible or control characters.
			"a\x00b@example.com", "a\x1b[31m@example.com", "a\vb@example.com", "a\u00a0b@example.com", "a\u2028b@example.com",
			"a\u202eb@example.com"},
		OptionProtect: {"True", "TRUE", "true ", "yes", "on", "1"},
	}
	for _, option := range OptionNames() {
		for _, value := range append([]string{"", " ", "\n"}, tests[option]...) {
			t.Run(fmt.Sprintf("%s=%q", option, value), func(t *testing.T) {
				t.Parallel()
				requireInvalid(t, option, value, value)
			})
		}
	}
}

func TestInvalidTypes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		option string
		value  any
		text   string // the value in the error
	}{
		{"number as stage", OptionStage, 7.0, "7"},
		{"list as stage", OptionStage, []any{"dev"}, "[dev]"},
		{"account as a number, leading zero lost", OptionAccount, 12345678901.0, "12345678901"},
		{"fraction as account", OptionAccount, 123456789012.5, "123456789012.5"},
		{"negative account", OptionAccount, -123456789012.0, "-123456789012"},
		{"list as account", OptionAccount, []any{"123456789012"}, "[123456789012]"},
		{"boolean as account", OptionAccount, true, "true"},
		{"duplicate region in a list", OptionRegions, []any{"eu-west-1", "eu-west-1"}, "eu-west-1,eu-west-1"},
		{"empty list of regions", OptionRegions, []any{}, ""},
		{"empty string in a list of regions", OptionRegions, []any{"eu-west-1", ""}, "eu-west-1,"},
		{"null in a list of regions", OptionRegions, []any{"eu-west-1", nil}, "eu-west-1,<nil>"},
		{"number in a list of regions", OptionRegions, []any{"eu-west-1", 1.0}, "eu-west-1,1"},
		{"list in a list of regions", OptionRegions, []any{[]any{"eu-west-1"}}, "[eu-west-1]"},
		{"object as regions", OptionRegions, map[string]any{"eu-west-1": true}, "map[eu-west-1:true]"},
		{"number as architecture", OptionArchitecture, 64.0, "64"},
		{"list as architecture", OptionArchitecture, []any{"arm64"}, "[arm64]"},
		{"true as observability", OptionObservability, true, "true"},
		{"false as observability", OptionObservability, false, "false"},
		{"list as email address", OptionAlarmEmail, []any{"a@example.com"}, "[a@example.com]"},
		{"number as protect", OptionProtect, 1.0, "1"},
		{"list as protect", OptionProtect, []any{true}, "[true]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			requireInvalid(t, test.option, test.value, test.text)
		})
	}
}

// requireInvalid checks that New returns one error, for this option and with this text as its
// value.
func requireInvalid(t *testing.T, option string, value any, text string) {
	t.Helper()
	d, err := New(func(name string) any { return map[string]any{option: value}[name] })
	got := requireOptionErrors(t, d, err)
	if len(got) != 1 || got[0].Option != option || got[0].Value != text {
		t.Errorf("got errors %+v, want one for the option %s with value %q", got, option, text)
	}
}

// requireOptionErrors returns the errors that err joins. It fails the test if one is not an
// OptionError, or if d is not empty.
func requireOptionErrors(t *testing.T, d Deployment, err error) []*OptionError {
	t.Helper()
	if diff := cmp.Diff(Deployment{}, d); diff != "" {
		t.Errorf("got a deployment together with the error, want none (-want +got):\n%s", diff)
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*OptionError
		for _, part := range joined.Unwrap() {
			all = append(all, requireOptionErrors(t, d, part)...)
		}
		return all
	}
	var optionErr *OptionError
	if !errors.As(err, &optionErr) {
		t.Fatalf("got error of type %T, want *OptionError: %v", err, err)
	}
	return []*OptionError{optionErr}
}
