package deployment

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// These are the options' names in the CDK's context. Set them with npx cdk deploy -c NAME=VALUE, or
// under "context" in cdk.json.
const (
	OptionStage         = "stage"
	OptionAccount       = "account"
	OptionRegions       = "regions"
	OptionArchitecture  = "architecture"
	OptionObservability = "observability"
	OptionAlarmEmail    = "alarmEmail"
	OptionProtect       = "protect"
)

// option describes one option.
type option struct {
	name    string
	allowed string // the text after "must be" in the error message
	example string
	values  []string                               // all valid values; nil if there are too many
	set     func(d *Deployment, value string) bool // sets the option; returns false if value is invalid
}

// StageLength is the maximum number of characters in a stage.
const StageLength = 16

var options = []option{
	{
		OptionStage,
		"up to 16 lowercase letters, digits and single hyphens, starting with a letter",
		"dev",
		nil,
		func(d *Deployment, value string) bool {
			d.Stage = value
			return len(value) <= StageLength && stage.MatchString(value)
		},
	},
	{OptionAccount, "an account number of 12 digits", "123456789012", nil, func(d *Deployment, value string) bool {
		d.Account = value
		return account.MatchString(value)
	}},
	{
		OptionRegions,
		"one or more different regions, separated by commas",
		"eu-central-1,us-east-1",
		nil,
		func(d *Deployment, value string) bool {
			d.Regions = strings.Split(value, ",")
			for i, name := range d.Regions {
				if len(name) > 16 || !region.MatchString(name) || slices.Contains(d.Regions[:i], name) {
					return false
				}
			}
			return true
		},
	},
	{
		OptionArchitecture,
		"arm64 or x86_64",
		"arm64",
		[]string{string(ARM64), string(X8664)},
		func(d *Deployment, value string) bool {
			d.Architecture = Architecture(value)
			return d.Architecture == ARM64 || d.Architecture == X8664
		},
	},
	{OptionObservability, "on or off", "off", []string{"on", "off"}, func(d *Deployment, value string) bool {
		d.Observability = value == "on"
		return value == "on" || value == "off"
	}},
	{OptionAlarmEmail,
		"an email address in ASCII, with an international domain in Punycode", "oncall@example.com", nil,
		func(d *Deployment, value string) bool {
			d.AlarmEmail = value
			local, _, _ := strings.Cut(value, "@")
			return len(local) <= 64 && len(value) <= 254 && email.MatchString(value)
		}},
	{OptionProtect, "true or false", "true", []string{"true", "false"}, func(d *Deployment, value string) bool {
		d.Protect = value == "true"
		return value == "true" || value == "false"
	}},
}

const (
	atom  = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
	label = `[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?`
	// topLabel starts with a letter, because a domain whose last label is all digits could be an IP
	// address.
	topLabel = `[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?`
)

var (
	stage   = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	account = regexp.MustCompile(`^[0-9]{12}$`)
	region  = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
	// email matches an RFC 5321 address whose local part is not quoted:
	// https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2
	// SNS does not document which addresses it accepts. If SNS rejects the address with "Invalid
	// parameter: Email address", the deployment fails. Like Amazon SES, the pattern accepts only
	// ASCII:
	// https://docs.aws.amazon.com/ses/latest/dg/send-email-raw.html
	email = regexp.MustCompile("^" + atom + `(\.` + atom + `)*@(` + label + `\.)+` + topLabel + "$")
)

// OptionError reports an invalid value or an unknown option.
type OptionError struct {
	Option, Value string
	Allowed       string // text after "must be"; if Option is unknown, the names of all options
	Example       string // a valid value; empty if Option is unknown
}

// Unknown reports whether there is no option with the name in e.Option.
func (e *OptionError) Unknown() bool { return e.Example == "" }

func (e *OptionError) Error() string {
	if e.Unknown() {
		return fmt.Sprintf("there is no option %q: the options are %s", e.Option, e.Allowed)
	}
	return fmt.Sprintf(
		"option %s cannot be %q: it must be %s, for example -c %s=%s",
		e.Option,
		e.Value,
		e.Allowed,
		e.Option,
		e.Example,
	)
}

// New validates options. If a value is nil, New uses the option's default. Values come from the
// CDK's context, so they may have any JSON type. The error joins an *OptionError for each invalid
// option.
func New(lookup func(option string) any) (Deployment, error) {
	d := Deployment{Architecture: ARM64, Observability: true}
	var invalid []error
	for _, o := range options {
		value := lookup(o.name)
		if value == nil {
			continue
		}
		if text := textOf(o.name, value); !o.set(&d, text) {
			invalid = append(invalid, &OptionError{Option: o.name, Value: text, Allowed: o.allowed, Example: o.example})
		}
	}
	if d.AlarmEmail != "" && lookup(OptionObservability) == "off" {
		invalid = append(invalid, &OptionError{Option: OptionObservability, Value: "off", Example: "on",
			Allowed: "on if " + OptionAlarmEmail + " is set (off removes the alarms)"})
	}
	if len(invalid) > 0 {
		return Deployment{}, errors.Join(invalid...)
	}
	return d, nil
}

// textOf converts a context value to the text that the command line would contain. For example,
// cdk.json may contain an account as a number, and regions as a list.
func textOf(option string, value any) string {
	if number, ok := value.(float64); ok {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	if list, ok := value.([]any); ok && option == OptionRegions {
		var parts []string
		for _, part := range list {
			parts = append(parts, fmt.Sprint(part))
		}
		return strings.Join(parts, ",")
	}
	return fmt.Sprint(value)
}

// contextPrefix is the prefix of the CDK's own context keys:
// https://docs.aws.amazon.com/cdk/v2/guide/featureflags.html
const contextPrefix = "@aws-cdk/"

// FromPairs validates options in the form NAME=VALUE, which override the options in context. It
// ignores the CDK's own keys, and unrelated keys in context. The remaining pairs must name options.
// The error joins an *OptionError for each invalid or unknown option.
func FromPairs(pairs []string, context map[string]any) (Deployment, error) {
	values := maps.Clone(context)
	if values == nil {
		values = map[string]any{}
	}
	var unknown []error
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, contextPrefix) {
			continue
		}
		if !slices.Contains(OptionNames(), name) {
			unknown = append(unknown, &OptionError{Option: name, Value: value, Allowed: strings.Join(OptionNames(), ", ")})
			continue
		}
		values[name] = value
	}
	d, err := New(func(option string) any { return values[option] })
	if err := errors.Join(append(unknown, err)...); err != nil {
		return Deployment{}, err
	}
	return d, nil
}

// OptionNames lists the names of all options.
func OptionNames() []string {
	var names []string
	for _, o := range options {
		names = append(names, o.name)
	}
	return names
}

// OptionValues lists the valid values of an option. It returns nil if there are too many.
func OptionValues(name string) []string {
	for _, o := range options {
		if o.name == name {
			return o.values
		}
	}
	return nil
}
