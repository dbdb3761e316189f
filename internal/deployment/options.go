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

// These are the options' names in the CDK's context: npx cdk deploy -c NAME=VALUE, or "context" in
// cdk.json.
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
	set     func(d *Deployment, value string) bool // sets the option, or returns false for an invalid value
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
	atom     = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
	label    = `[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?`
	topLabel = `[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?` // an all-digit one would look like a part of an IP address
)

var (
	stage   = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	account = regexp.MustCompile(`^[0-9]{12}$`)
	region  = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
	// email matches an RFC 5321 address whose local part is not quoted:
	// https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2
	// SNS does not document its rules, but rejects some addresses with "Invalid parameter: Email
	// address", and then the deployment fails. Amazon's mail service accepts only ASCII:
	// https://docs.aws.amazon.com/ses/latest/dg/send-email-raw.html
	// Only the confirmation message from SNS proves that the mailbox exists.
	email = regexp.MustCompile("^" + atom + `(\.` + atom + `)*@(` + label + `\.)+` + topLabel + "$")
)

// OptionError reports an invalid value or an unknown option.
type OptionError struct {
	Option, Value string
	Allowed       string // the text after "must be", or all options if Option is unknown
	Example       string // a valid value; empty if Option is unknown
}

// Unknown reports whether Option is unknown.
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

// New validates options. An absent or nil value selects the option's default. Values come from the
// CDK's context, so they may have any JSON type. The error joins an *OptionError for each invalid
// option.
func New(lookup func(option string) any) (Deployment, error) {
	d := Deployment{Architecture: ARM64, Observability: true}
	var wrong []error
	for _, o := range options {
		value := lookup(o.name)
		if value == nil {
			continue
		}
		if given := text(o.name, value); !o.set(&d, given) {
			wrong = append(wrong, &OptionError{Option: o.name, Value: given, Allowed: o.allowed, Example: o.example})
		}
	}
	if d.AlarmEmail != "" && lookup(OptionObservability) == "off" {
		wrong = append(wrong, &OptionError{Option: OptionObservability, Value: "off", Example: "on",
			Allowed: "on if " + OptionAlarmEmail + " is set, because off removes the alarms"})
	}
	if len(wrong) > 0 {
		return Deployment{}, errors.Join(wrong...)
	}
	return d, nil
}

// text returns a context value as it is written on the command line. cdk.json may hold account
// numbers as numbers and regions as lists.
func text(option string, value any) string {
	if number, ok := value.(float64); ok {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	if list, ok := value.([]any); ok && option == OptionRegions {
		var parts []string
		for _, each := range list {
			parts = append(parts, fmt.Sprint(each))
		}
		return strings.Join(parts, ",")
	}
	return fmt.Sprint(value)
}

// contextPrefix starts the keys of the CDK's own context:
// https://docs.aws.amazon.com/cdk/v2/guide/featureflags.html
const contextPrefix = "@aws-cdk/"

// FromPairs validates options in the form NAME=VALUE, as -c accepts them. They override the options
// in context. FromPairs ignores the CDK's own keys. The context may contain unrelated keys, but
// every other pair must name a known option. The error joins an *OptionError for each invalid
// option.
func FromPairs(pairs []string, context map[string]any) (Deployment, error) {
	values := maps.Clone(context)
	if values == nil {
		values = map[string]any{}
	}
	var wrong []error
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, contextPrefix) {
			continue
		}
		if !slices.Contains(OptionNames(), name) {
			wrong = append(wrong, &OptionError{Option: name, Value: value, Allowed: strings.Join(OptionNames(), ", ")})
			continue
		}
		values[name] = value
	}
	d, err := New(func(option string) any { return values[option] })
	if err := errors.Join(append(wrong, err)...); err != nil {
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

// OptionValues lists the valid values of an option, or returns nil if there are too many.
func OptionValues(name string) []string {
	for _, o := range options {
		if o.name == name {
			return o.values
		}
	}
	return nil
}
