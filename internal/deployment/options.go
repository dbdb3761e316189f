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

// The options, as they are called in the CDK's context (npx cdk deploy -c NAME=VALUE, or "context" in cdk.json).
const (
	OptionStage         = "stage"
	OptionAccount       = "account"
	OptionRegions       = "regions"
	OptionArchitecture  = "architecture"
	OptionObservability = "observability"
	OptionAlarmEmail    = "alarmEmail"
	OptionProtect       = "protect"
)

// option is one option: what it may be, and what a value makes of a deployment.
type option struct {
	name    string
	allowed string // completes "it is"
	example string
	values  []string                               // all that are allowed; nil for an option with too many
	set     func(d *Deployment, value string) bool // false for a value that is not allowed
}

// StageLength is how many characters a stage may have.
const StageLength = 16

var options = []option{
	{OptionStage, "up to 16 lower-case letters, digits and single hyphens, a letter first", "dev", nil, func(d *Deployment, value string) bool {
		d.Stage = value
		return len(value) <= StageLength && stage.MatchString(value)
	}},
	{OptionAccount, "an account's number, 12 digits", "123456789012", nil, func(d *Deployment, value string) bool {
		d.Account = value
		return account.MatchString(value)
	}},
	{OptionRegions, "one region or several different ones, with commas between them", "eu-central-1,us-east-1", nil, func(d *Deployment, value string) bool {
		d.Regions = strings.Split(value, ",")
		for i, name := range d.Regions {
			if len(name) > 16 || !region.MatchString(name) || slices.Contains(d.Regions[:i], name) {
				return false
			}
		}
		return true
	}},
	{OptionArchitecture, "one of arm64, x86_64", "arm64", []string{string(ARM64), string(X8664)}, func(d *Deployment, value string) bool {
		d.Architecture = Architecture(value)
		return d.Architecture == ARM64 || d.Architecture == X8664
	}},
	{OptionObservability, "one of on, off", "off", []string{"on", "off"}, func(d *Deployment, value string) bool {
		d.Observability = value == "on"
		return value == "on" || value == "off"
	}},
	{OptionAlarmEmail,
		"an e-mail address in ASCII, as SNS requires; a domain with other letters is written in Punycode", "oncall@example.com", nil,
		func(d *Deployment, value string) bool {
			d.AlarmEmail = value
			local, _, _ := strings.Cut(value, "@")
			return len(local) <= 64 && len(value) <= 254 && email.MatchString(value)
		}},
	{OptionProtect, "one of true, false", "true", []string{"true", "false"}, func(d *Deployment, value string) bool {
		d.Protect = value == "true"
		return value == "true" || value == "false"
	}},
}

const (
	atom     = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
	label    = `[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?`
	topLabel = `[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?` // no number: that would be an IP address
)

var (
	stage   = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	account = regexp.MustCompile(`^[0-9]{12}$`)
	region  = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
	// An address as RFC 5321 has it, without quotes: https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2.
	// SNS documents no rule, but refuses addresses ("Invalid parameter: Email address"), and the
	// deployment fails. Amazon's mail takes ASCII alone:
	// https://docs.aws.amazon.com/ses/latest/dg/send-email-raw.html.
	// Only the confirmation that SNS sends shows whether there is such a mailbox.
	email = regexp.MustCompile("^" + atom + `(\.` + atom + `)*@(` + label + `\.)+` + topLabel + "$")
)

// OptionError says that an option has a value that it cannot have, or does not exist.
type OptionError struct {
	Option, Value string
	Allowed       string // completes "it is", or lists the options there are when Option is none of them
	Example       string // a value that is allowed; empty when there is no such option
}

// Unknown reports whether there is no such option.
func (e *OptionError) Unknown() bool { return e.Example == "" }

func (e *OptionError) Error() string {
	if e.Unknown() {
		return fmt.Sprintf("there is no option %q: the options are %s", e.Option, e.Allowed)
	}
	return fmt.Sprintf("option %s cannot be %q: it is %s, for example -c %s=%s", e.Option, e.Value, e.Allowed, e.Option, e.Example)
}

// New validates options. An absent or nil value means the option's default; values come from the CDK's context, so they
// may be of any JSON type. The error joins an *OptionError for each option that is wrong.
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
			Allowed: "on where " + OptionAlarmEmail + " is given, as there is no alarm to tell of without it"})
	}
	if len(wrong) > 0 {
		return Deployment{}, errors.Join(wrong...)
	}
	return d, nil
}

// text is a value of the context as it would be written on the command line. In cdk.json numbers and lists come
// naturally: an account's number, and the regions.
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

// contextPrefix begins the CDK's own keys of the context:
// https://docs.aws.amazon.com/cdk/v2/guide/featureflags.html
const contextPrefix = "@aws-cdk/"

// FromPairs validates options given as NAME=VALUE, as -c takes them, over those of a context. It
// ignores the CDK's own keys. A context may hold other keys too, but an unknown key in a pair is a
// mistake. The error joins an *OptionError for each option that is wrong.
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

// OptionNames lists the options there are.
func OptionNames() []string {
	var names []string
	for _, o := range options {
		names = append(names, o.name)
	}
	return names
}

// OptionValues lists the values that an option may have, or returns nil if there are too many.
func OptionValues(name string) []string {
	for _, o := range options {
		if o.name == name {
			return o.values
		}
	}
	return nil
}
