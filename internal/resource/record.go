package resource

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"retrycatch/internal/deployment"
	"retrycatch/internal/safetext"
)

// record describes one kind. The functions ids, list and holds may be nil.
type record struct {
	kind   Kind
	title  string // for messages, for example "IAM role"
	unique bool   // AWS generates each ID and never reuses it
	// ids returns the IDs of the kind's resources that a stack with these names creates.
	ids func(names deployment.Names, location Location) []string
	// list returns the IDs of all resources of the kind in the account and region.
	list func(ctx context.Context, cfg aws.Config) ([]string, error)
	// observe asks the resource's own service about the resource.
	observe func(ctx context.Context, cfg aws.Config, id string) (Observation, error)
	// holds finds the causes that prevent CloudFormation from deleting the resource.
	holds func(ctx context.Context, cfg aws.Config, id string, declared DeclaredAttachments) ([]Hold, error)
	// remove removes the holds, then deletes the resource.
	remove func(ctx context.Context, cfg aws.Config, id string) error
	// removeCommand returns the AWS CLI command that deletes the resource.
	removeCommand func(id string) string
}

// records describes all kinds, in the order in which a deployment creates their resources.
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

// Title returns the kind's name for messages, for example "IAM role". For a kind without a record,
// it returns CloudFormation's name.
func (k Kind) Title() string {
	record, _ := k.record()
	return cmp.Or(record.title, string(k))
}

// Known reports whether the kind has a record. Without a record, resources can be observed, but not
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
		return nil, fmt.Errorf("listing resources of the kind %s is not supported", kind)
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

// Observation holds the response of a resource's own service.
type Observation struct {
	Exists bool
	State  string // the service's name for the state, such as ACTIVE; empty for a kind without states
	Result string // the operation and its outcome, such as "iam:GetRole: NoSuchEntity"
	// Since holds the time of the resource's creation. If the service does not report it, Since
	// holds the time of the last change, or zero.
	Since time.Time
	// Tags holds the tags of a role or a topic. They show who created the resource, which its name
	// and Since do not. Tags is nil if the tags were not read.
	Tags map[string]string
	// HasDefaults reports whether a log group has no retention, encryption or deletion protection,
	// like the groups that Lambda creates.
	HasDefaults bool
}

// Deleting reports whether the service is deleting the resource.
func (o Observation) Deleting() bool { return o.State == stateDeleting }

// Observe asks the resource's own service whether the resource exists. For a kind without a record,
// it asks Cloud Control. An error does not mean that the resource is gone.
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
	if err := ignoreAbsent(record.remove(ctx, withConflictRetries(cfg), r.ID)); err != nil {
		return fmt.Errorf("cannot remove the %s: %w", r, err)
	}
	return nil
}

// conflictCodes holds the error codes for a resource that another request is changing:
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html
// https://docs.aws.amazon.com/sns/latest/api/API_DeleteTopic.html
var conflictCodes = []string{"OperationAbortedException", "ConcurrentModification", "ResourceConflictException",
	"ConcurrentAccess"}

// withConflictRetries returns a configuration that also retries calls after these errors, which the
// SDK does not do by default.
func withConflictRetries(cfg aws.Config) aws.Config {
	cfg, base := cfg.Copy(), cfg.Retryer
	if base == nil {
		base = func() aws.Retryer { return retry.NewStandard() }
	}
	cfg.Retryer = func() aws.Retryer { return retry.AddWithErrorCodes(base(), conflictCodes...) }
	return cfg
}

// RemoveCommand returns the AWS CLI command that deletes the resource.
func (r Resource) RemoveCommand() string {
	if record, known := r.Kind.record(); known {
		return record.removeCommand(safetext.Word(r.ID))
	}
	return fmt.Sprintf("aws cloudcontrol delete-resource --type-name %s --identifier %s", r.Kind, safetext.Word(r.ID))
}

// CompareRemoval compares two resources in order of removal. A resource comes before the resources
// that it uses.
func CompareRemoval(a, b Resource) int { return cmp.Compare(b.Kind.rank(), a.Kind.rank()) }

// found returns the observation for an operation that found the resource.
func found(operation string) Observation {
	return Observation{Exists: true, Result: operation + ": found"}
}

// absentIf returns the observation for an absent resource if err has this error code. Otherwise it
// returns err.
func absentIf(operation, code string, err error) (Observation, error) {
	if hasCode(err, code) {
		return Observation{Result: operation + ": " + code}, nil
	}
	return Observation{}, err
}

// notInList returns the observation for a resource that is missing from a list. Some services have
// no operation for a single resource, so this is the only proof that the resource is gone.
func notInList(operation string) Observation { return Observation{Result: operation + ": not listed"} }

// missingResource returns the error for a response without the requested resource. The response
// does not prove that the resource is gone.
func missingResource(operation string) error {
	return fmt.Errorf("%s did not return the requested resource", operation)
}

// missingList returns the error for a response without the requested list. An empty list would
// prove that the resource is gone, but a missing list does not.
func missingList(operation string) error {
	return fmt.Errorf("%s did not return the requested list", operation)
}

// denialCodes holds the error codes with which SNS denies a call:
// https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html
var denialCodes = []string{"AuthorizationError", "AccessDenied", "AccessDeniedException"}

// absentCodes holds the error codes of all services for a resource that does not exist.
var absentCodes = []string{codeNoSuchEntity, codeNotFound, "ResourceNotFound", codeResourceNotFound, codeNoStateMachine,
	codeNoSuchBucket}

const (
	codeNoSuchEntity     = "NoSuchEntity"
	codeResourceNotFound = "ResourceNotFoundException"
	codeNoStateMachine   = "StateMachineDoesNotExist"
	codeNotFound         = "NotFound"
	codeNoSuchBucket     = "NoSuchBucket"
)

// ignoreAbsent returns nil if err says that the resource does not exist. Otherwise it returns err.
func ignoreAbsent(err error) error {
	if hasCode(err, absentCodes...) {
		return nil
	}
	return err
}

func hasCode(err error, codes ...string) bool {
	api := smithy.APIError(nil)
	return errors.As(err, &api) && slices.Contains(codes, api.ErrorCode())
}
