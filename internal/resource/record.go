package resource

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"retrycatch/internal/deployment"
	"retrycatch/internal/safetext"
)

// record describes one kind. Every record has kind, title, observe, remove and removal. The other
// functions may be nil.
type record struct {
	kind   Kind
	title  string // for people
	unique bool   // AWS generates each ID and never reuses it
	// ids returns the IDs of the kind's resources that a stack with these names creates.
	ids func(names deployment.Names, in Place) []string
	// list returns the IDs of all resources of the kind in the account and region.
	list func(ctx context.Context, cfg aws.Config) ([]string, error)
	// observe queries the kind's own service.
	observe func(ctx context.Context, cfg aws.Config, id string) (Observation, error)
	// holds finds everything that prevents CloudFormation from deleting the resource.
	holds func(ctx context.Context, cfg aws.Config, id string, declared Declared) ([]Hold, error)
	// remove removes the resource's holds, then deletes it.
	remove func(ctx context.Context, cfg aws.Config, id string) error
	// removal returns the AWS CLI command that deletes the resource.
	removal func(id string) string
}

// records lists the kinds in the order in which a deployment creates them.
var records = []record{
	roleRecord,
	logGroupRecord,
	functionRecord,
	stateMachineRecord,
	topicRecord,
	subscriptionRecord,
	alarmRecord,
	dashboardRecord,
	assetRecord,
}

func (k Kind) record() (record, bool) {
	i := k.rank()
	if i < 0 {
		return record{}, false
	}
	return records[i], true
}

// rank returns the kind's index in records, or -1 for an unknown kind.
func (k Kind) rank() int {
	return slices.IndexFunc(records, func(r record) bool { return r.kind == k })
}

// Title returns the kind's title, or an unknown kind in CloudFormation's spelling.
func (k Kind) Title() string {
	record, _ := k.record()
	return cmp.Or(record.title, string(k))
}

// Known reports whether the kind has a record. Resources of unknown kinds can be observed, but not
// listed or removed.
func (k Kind) Known() bool {
	_, known := k.record()
	return known
}

// Unique reports whether AWS generates the kind's IDs and never reuses them.
func (k Kind) Unique() bool {
	record, _ := k.record()
	return record.unique
}

// Kinds returns the kinds whose resources can be listed.
func Kinds() []Kind {
	var kinds []Kind
	for _, record := range records {
		if record.list != nil {
			kinds = append(kinds, record.kind)
		}
	}
	return kinds
}

// List returns all resources of a kind in the account and region.
func List(ctx context.Context, cfg aws.Config, kind Kind) ([]Resource, error) {
	record, known := kind.record()
	if !known || record.list == nil {
		return nil, fmt.Errorf("cannot list resources of the kind %s", kind)
	}
	ids, err := record.list(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("cannot list the account's %ss: %w", record.title, err)
	}
	var all []Resource
	for _, id := range ids {
		all = append(all, Resource{kind, id})
	}
	return all, nil
}

// Observation holds the answer of a resource's own service.
type Observation struct {
	Exists bool
	State  string // in the service's words, such as ACTIVE or DELETING; empty for a kind without states
	Answer string // the operation and its answer, such as "iam:GetRole: NoSuchEntity"
	// Since is the time of the resource's creation. If the service does not report it, Since is the
	// time of the last change, or zero.
	Since time.Time
	// Tags holds the tags of a role or a topic. A role's name is unique in the account, and a topic
	// has no Since. Tags is nil if it was not read.
	Tags map[string]string
	// Bare marks a log group without retention, encryption and protection, like those that Lambda
	// creates.
	Bare bool
}

// Deleting reports whether the service is deleting the resource.
func (o Observation) Deleting() bool { return o.State == stateDeleting }

// Observe asks the resource's own service whether it exists. An error means that the answer is
// unknown, not that the resource is gone. For a kind without a record, Observe asks Cloud Control.
func Observe(ctx context.Context, cfg aws.Config, r Resource) (Observation, error) {
	observe := func(ctx context.Context, cfg aws.Config, _ string) (Observation, error) {
		return observeUnknown(ctx, cfg, r)
	}
	if record, known := r.Kind.record(); known {
		observe = record.observe
	}
	o, err := observe(ctx, cfg, r.ID)
	if err != nil {
		return Observation{}, fmt.Errorf("cannot check whether the %s exists: %w", r, err)
	}
	return o, nil
}

// Remove deletes a resource through its own service. It returns nil if the resource does not exist.
func Remove(ctx context.Context, cfg aws.Config, r Resource) error {
	record, known := r.Kind.record()
	if !known {
		return fmt.Errorf("cannot remove the %s: its kind is unknown", r)
	}
	if err := unlessAbsent(record.remove(ctx, cfg, r.ID)); err != nil {
		return fmt.Errorf("cannot remove the %s: %w", r, err)
	}
	return nil
}

// Removal returns the AWS CLI command that deletes the resource.
func (r Resource) Removal() string {
	if record, known := r.Kind.record(); known {
		return record.removal(safetext.Word(r.ID))
	}
	return fmt.Sprintf("aws cloudcontrol delete-resource --type-name %s --identifier %s", r.Kind, safetext.Word(r.ID))
}

// ByRemoval compares two resources by order of removal: users come before the resources that they
// use.
func ByRemoval(a, b Resource) int { return cmp.Compare(b.Kind.rank(), a.Kind.rank()) }

// found returns the observation for an operation that found the resource.
func found(operation string) Observation {
	return Observation{Exists: true, Answer: operation + ": found"}
}

// absentIf interprets an operation's error. The service's code for an unknown name proves that the
// resource is gone.
func absentIf(operation, code string, err error) (Observation, error) {
	if hasCode(err, code) {
		return Observation{Answer: operation + ": " + code}, nil
	}
	return Observation{}, err
}

// notListed returns the observation for a list without the resource. It is the only proof from
// services without an operation for one resource.
func notListed(operation string) Observation { return Observation{Answer: operation + ": not listed"} }

// incomplete returns the error for an answer without the requested resource. Such an answer proves
// nothing.
func incomplete(operation string) error {
	return fmt.Errorf("%s did not return the requested resource", operation)
}

// withoutList returns the error for an answer without the requested list. An empty list is proof,
// but a missing list is not.
func withoutList(operation string) error {
	return fmt.Errorf("%s did not return the requested list", operation)
}

// denied holds SNS's codes for a denial:
// https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html
var denied = []string{"AuthorizationError", "AccessDenied", "AccessDeniedException"}

// absent holds the services' codes for unknown names.
var absent = []string{codeNoSuchEntity, codeNotFound, "ResourceNotFound", codeResourceNotFound, codeNoStateMachine,
	"NoSuchBucket"}

const (
	codeNoSuchEntity     = "NoSuchEntity"
	codeResourceNotFound = "ResourceNotFoundException"
	codeNoStateMachine   = "StateMachineDoesNotExist"
	codeNotFound         = "NotFound"
)

// unlessAbsent returns nil for the error of a call on a resource that no longer exists.
func unlessAbsent(err error) error {
	if hasCode(err, absent...) {
		return nil
	}
	return err
}

func hasCode(err error, codes ...string) bool {
	api := smithy.APIError(nil)
	return errors.As(err, &api) && slices.Contains(codes, api.ErrorCode())
}
