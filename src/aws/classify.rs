//! What each AWS error means and whether repeating the call can help, as data.
//!
//! The first rule that matches decides. An error that no rule names is never repeated.

use std::time::Duration;

use super::error::{ErrorKind, Retry};

/// One row of the table.
pub(super) struct Rule {
    /// Services it holds for, by their short names (`firehose`); empty means any.
    services: &'static [&'static str],
    /// Error codes; empty means any.
    codes: &'static [&'static str],
    /// Parts of the message, lower case, of which one must occur; empty means any message.
    messages: &'static [&'static str],
    pub kind: ErrorKind,
    pub retry: Retry,
    /// What the person can do, in plain words.
    pub hint: &'static str,
    /// Where the rule comes from.
    #[allow(dead_code, reason = "documentation that stays beside its rule")]
    source: &'static str,
}

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(60 * n)
}

const ASSUME_ROLE: &str = "the role's trust policy must name the service, and its permissions must cover what the \
    service reads and writes; a role made seconds ago can need up to two minutes to be known everywhere";
const LOG_IN: &str = "log in again (`aws sso login`, or fresh keys) and repeat the command";

const ANY: &[&str] = &[];

#[rustfmt::skip]
const RULES: &[Rule] = &[
    // Never worth repeating, whatever code they come with.
    Rule { services: ANY, codes: ANY, messages: &["insufficient lake formation permission"],
        kind: ErrorKind::AccessDenied, retry: Retry::Never,
        hint: "Lake Formation governs this catalog: grant the role permissions there, or let IAM govern new tables",
        source: "https://docs.aws.amazon.com/lake-formation/latest/dg/initial-lf-config.html" },
    Rule { services: &["quicksight"], codes: ANY, messages: &["your identity region is"],
        kind: ErrorKind::InvalidRequest, retry: Retry::Never,
        hint: "send user and group calls to the account's identity region",
        source: "https://docs.aws.amazon.com/quicksight/latest/user/regions-qs.html" },
    Rule { services: &["quicksight"], codes: &["UnsupportedUserEditionException"], messages: ANY,
        kind: ErrorKind::InvalidRequest, retry: Retry::Never,
        hint: "this QuickSight edition lacks the feature; the account needs the Enterprise edition",
        source: "botocore quicksight: UnsupportedUserEditionException" },

    // A token that another service relays as invalid is IAM still spreading; said to us directly, it is our own login.
    Rule { services: ANY, codes: ANY, messages: &["security token included in the request is invalid. (service:"],
        kind: ErrorKind::Propagating, retry: Retry::WhenUpstreamFresh(minutes(2)),
        hint: ASSUME_ROLE, source: "terraform-provider-aws docs/retries-and-waiters.md" },
    Rule { services: ANY, codes: &["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired",
            "InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure"], messages: ANY,
        kind: ErrorKind::ExpiredCredentials, retry: Retry::Never, hint: LOG_IN,
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html" },
    Rule { services: ANY, codes: ANY, messages: &["security token included in the request is"],
        kind: ErrorKind::ExpiredCredentials, retry: Retry::Never, hint: LOG_IN,
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html" },
    Rule { services: ANY, codes: &["SignatureDoesNotMatch", "InvalidSignatureException", "RequestTimeTooSkewed"], messages: ANY,
        kind: ErrorKind::ExpiredCredentials, retry: Retry::Never,
        hint: "check the secret key, and that this machine's clock is right",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html" },

    // IAM roles and policies that are not known everywhere yet.
    Rule { services: &["firehose"], codes: &["InvalidArgumentException"],
        messages: &["unable to assume role", "is not authorized to perform", "verify that the iam role has access"],
        kind: ErrorKind::Propagating, retry: Retry::WhenUpstreamFresh(minutes(2)), hint: ASSUME_ROLE,
        source: "hashicorp/terraform-provider-aws#3380" },
    Rule { services: &["glue"], codes: &["InvalidInputException"],
        messages: &["should be given assume role permissions for glue service"],
        kind: ErrorKind::Propagating, retry: Retry::WhenUpstreamFresh(minutes(2)),
        hint: "the role must trust glue.amazonaws.com, and you need iam:PassRole on it",
        source: "terraform-provider-aws internal/service/glue/job.go" },
    Rule { services: &["glue"], codes: &["InvalidInputException"], messages: &["is unable to assume"],
        kind: ErrorKind::Propagating, retry: Retry::WhenUpstreamFresh(minutes(2)), hint: ASSUME_ROLE,
        source: "terraform-provider-aws internal/service/glue" },
    Rule { services: &["redshift-data"], codes: ANY, messages: &["is not authorized to assume iam role"],
        kind: ErrorKind::Propagating, retry: Retry::WhenUpstreamFresh(minutes(2)),
        hint: "attach the role to the warehouse (IamRoles) and let it trust redshift.amazonaws.com",
        source: "https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-authorization.html" },
    Rule { services: &["redshift", "redshift-serverless"], codes: ANY,
        messages: &["must delegate access to an amazon redshift account", "not authorized to assume iam role"],
        kind: ErrorKind::Propagating, retry: Retry::WhenUpstreamFresh(minutes(2)),
        hint: "the role must trust redshift.amazonaws.com (and redshift-serverless.amazonaws.com for a workgroup)",
        source: "hashicorp/terraform-provider-aws#19113" },
    Rule { services: &["iam", "s3"], codes: &["MalformedPolicyDocument", "MalformedPolicyDocumentException", "MalformedPolicy"],
        messages: &["invalid principal in policy"],
        kind: ErrorKind::Propagating, retry: Retry::WhenUpstreamFresh(minutes(2)),
        hint: "every principal the policy names must exist: check the account, role and service names in it",
        source: "terraform-provider-aws docs/retries-and-waiters.md" },
    Rule { services: &["iam"], codes: &["DeleteConflict", "DeleteConflictException"], messages: ANY,
        kind: ErrorKind::Conflict, retry: Retry::Always(minutes(2)),
        hint: "something is still attached: policies and instance profiles must be detached first",
        source: "botocore iam: DeleteConflictException" },
    Rule { services: &["iam"], codes: &["ConcurrentModification", "ConcurrentModificationException",
            "EntityTemporarilyUnmodifiable", "EntityTemporarilyUnmodifiableException"], messages: ANY,
        kind: ErrorKind::Conflict, retry: Retry::Always(minutes(2)), hint: "another change of the same object is under way",
        source: "botocore iam: ConcurrentModificationException" },

    // Written a moment ago and not known everywhere yet.
    Rule { services: &["iam"], codes: &["NoSuchEntity", "NoSuchEntityException"], messages: &["the role with name"],
        kind: ErrorKind::NotFound, retry: Retry::WhenUpstreamFresh(minutes(2)),
        hint: "the role is not there (any more): run the command again, which creates it anew",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html (eventual consistency)" },
    Rule { services: &["s3"], codes: &["NoSuchBucket"], messages: ANY,
        kind: ErrorKind::NotFound, retry: Retry::WhenUpstreamFresh(minutes(2)),
        hint: "the bucket is not there (any more): run the command again, which creates it anew",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel" },

    // S3.
    Rule { services: &["s3"], codes: &["OperationAborted"], messages: ANY,
        kind: ErrorKind::Conflict, retry: Retry::Always(minutes(5)),
        hint: "S3 is still finishing an earlier change of this bucket; a name just deleted can stay taken for a while",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html" },
    Rule { services: &["s3"], codes: &["BucketAlreadyOwnedByYou"], messages: ANY,
        kind: ErrorKind::AlreadyExists, retry: Retry::Never,
        hint: "the bucket is in this account already, perhaps in another region or made by another tool",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html" },
    Rule { services: &["s3"], codes: &["BucketAlreadyExists"], messages: ANY,
        kind: ErrorKind::AlreadyExists, retry: Retry::Never,
        hint: "bucket names are shared by all AWS accounts and somebody else has this one: choose another BucketName",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html" },
    Rule { services: &["s3"], codes: &["BucketNotEmpty"], messages: ANY,
        kind: ErrorKind::Conflict, retry: Retry::Never, hint: "something is still writing to this bucket: stop it first",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html" },

    // Kinesis says LimitExceededException for calls that come too fast, for too many streams being made, and for quotas.
    Rule { services: &["kinesis"], codes: &["LimitExceededException"],
        messages: &["shard limit", "shards for the account", "shard quota", "24 hour", "24-hour", "times in", "on-demand streams",
            "tags"],
        kind: ErrorKind::QuotaExceeded, retry: Retry::Never,
        hint: "raise the quota in Service Quotas, or ask for less (fewer shards; UpdateShardCount works 10 times in 24 hours)",
        source: "https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html" },
    Rule { services: &["kinesis"], codes: &["LimitExceededException"], messages: ANY,
        kind: ErrorKind::Throttled, retry: Retry::Always(minutes(3)),
        hint: "at most 5 streams can be CREATING at once and control calls are a few a second: it settles by itself",
        source: "https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html" },
    Rule { services: &["kinesis", "firehose"], codes: &["ResourceInUseException"], messages: &["already exists", "already under"],
        kind: ErrorKind::AlreadyExists, retry: Retry::Never, hint: "a stream of this name exists: choose another name",
        source: "botocore kinesis, firehose: ResourceInUseException" },
    Rule { services: &["kinesis", "firehose"], codes: &["ResourceInUseException"], messages: ANY,
        kind: ErrorKind::Conflict, retry: Retry::Always(minutes(5)),
        hint: "the stream is not ACTIVE; it takes changes again once the one under way is done",
        source: "botocore kinesis, firehose: ResourceInUseException" },
    Rule { services: &["firehose"], codes: &["ConcurrentModificationException"], messages: ANY,
        kind: ErrorKind::Conflict, retry: Retry::Never, hint: "somebody else changed the delivery stream: run the command again",
        source: "botocore firehose: ConcurrentModificationException" },
    Rule { services: &["logs"], codes: &["OperationAbortedException"], messages: ANY,
        kind: ErrorKind::Conflict, retry: Retry::Always(minutes(1)), hint: "another change of the log group is under way",
        source: "botocore logs: OperationAbortedException" },

    // Glue.
    Rule { services: &["glue"], codes: &["ConcurrentModificationException", "ResourceNotReadyException"], messages: ANY,
        kind: ErrorKind::Conflict, retry: Retry::Always(minutes(2)),
        hint: "another change of the same database, table, job or workflow is under way",
        source: "botocore glue: ConcurrentModificationException, ResourceNotReadyException" },
    Rule { services: &["glue"], codes: &["OperationTimeoutException"], messages: ANY,
        kind: ErrorKind::ServiceFault, retry: Retry::Always(minutes(1)), hint: "Glue did not finish the call in time",
        source: "botocore glue: OperationTimeoutException" },
    Rule { services: &["glue"], codes: &["IdempotentParameterMismatchException"], messages: ANY,
        kind: ErrorKind::AlreadyExists, retry: Retry::Never,
        hint: "something of this name exists with other settings: choose another name or remove it",
        source: "botocore glue: IdempotentParameterMismatchException" },
    Rule { services: &["glue"], codes: &["ResourceNumberLimitExceededException"], messages: ANY,
        kind: ErrorKind::QuotaExceeded, retry: Retry::Never,
        hint: "an account quota is used up: remove something or raise it in Service Quotas",
        source: "botocore glue: ResourceNumberLimitExceededException" },
    Rule { services: &["glue"], codes: &["ConcurrentRunsExceededException"], messages: ANY,
        kind: ErrorKind::Conflict, retry: Retry::Never,
        hint: "as many runs as ExecutionProperty.MaxConcurrentRuns allows are under way: wait for them or stop them",
        source: "botocore glue: ConcurrentRunsExceededException" },
    Rule { services: &["glue"], codes: &["GlueEncryptionException"], messages: ANY,
        kind: ErrorKind::AccessDenied, retry: Retry::Never,
        hint: "the Data Catalog is encrypted: the identity that runs pipectl needs its KMS key",
        source: "botocore glue: GlueEncryptionException" },

    // Redshift, the Data API and QuickSight.
    Rule { services: &["redshift-serverless"], codes: &["ConflictException"], messages: &["operation running"],
        kind: ErrorKind::Conflict, retry: Retry::Always(minutes(20)), hint: "the workgroup is busy with an earlier change",
        source: "hashicorp/terraform-provider-aws#31048" },
    Rule { services: &["redshift-serverless"], codes: &["ValidationException"],
        messages: &["wait until at least one snapshot exists and retry"],
        kind: ErrorKind::Conflict, retry: Retry::Always(minutes(20)), hint: "the namespace has no snapshot yet",
        source: "hashicorp/terraform-provider-aws#31048" },
    Rule { services: &["redshift-serverless"], codes: &["InsufficientCapacityException"], messages: ANY,
        kind: ErrorKind::Throttled, retry: Retry::Always(minutes(20)), hint: "AWS has no capacity in these subnets' zones right now",
        source: "botocore redshift-serverless: InsufficientCapacityException" },
    Rule { services: &["redshift-data"], codes: &["ActiveStatementsExceededException", "ActiveSessionsExceededException",
            "ActiveWaitingRequestsExceededException"],
        messages: ANY, kind: ErrorKind::Throttled, retry: Retry::Always(minutes(5)), hint: "too many statements are running",
        source: "botocore redshift-data: ActiveStatementsExceededException" },
    Rule { services: &["redshift-data"], codes: ANY, messages: &["is paused", "in a paused state", "cluster is paused"],
        kind: ErrorKind::InvalidRequest, retry: Retry::Never,
        hint: "the cluster is paused: resume it (`aws redshift resume-cluster`), wait until it is available and run the command again",
        source: "https://docs.aws.amazon.com/redshift/latest/mgmt/rs-mgmt-pause-resume-cluster.html" },
    Rule { services: &["redshift"], codes: &["InvalidClusterState", "InvalidClusterSubnetGroupStateFault",
            "InvalidClusterSubnetStateFault", "DependentServiceRequestThrottlingFault"], messages: ANY,
        kind: ErrorKind::Conflict, retry: Retry::Always(minutes(20)),
        hint: "the cluster is busy with an earlier change", source: "botocore redshift: InvalidClusterStateFault" },
    Rule { services: &["redshift"], codes: &["ClusterNotFound", "ClusterSubnetGroupNotFoundFault", "ResourceNotFoundFault"],
        messages: ANY, kind: ErrorKind::NotFound, retry: Retry::Never, hint: "",
        source: "botocore redshift: ClusterNotFoundFault" },
    Rule { services: &["redshift"], codes: &["ClusterAlreadyExists", "ClusterSubnetGroupAlreadyExists"], messages: ANY,
        kind: ErrorKind::AlreadyExists, retry: Retry::Never,
        hint: "something of this name exists in the account and region: choose another name or remove it",
        source: "botocore redshift: ClusterAlreadyExistsFault" },
    Rule { services: &["redshift"], codes: &["InsufficientClusterCapacity"], messages: ANY,
        kind: ErrorKind::Throttled, retry: Retry::Always(minutes(20)),
        hint: "AWS has no capacity for this node type in these subnets' zones right now",
        source: "botocore redshift: InsufficientClusterCapacityFault" },
    Rule { services: &["redshift"], codes: &["ClusterQuotaExceeded", "NumberOfNodesQuotaExceeded", "LimitExceededFault",
            "NumberOfNodesPerClusterLimitExceeded", "ClusterSubnetGroupQuotaExceeded", "TagLimitExceededFault"], messages: ANY,
        kind: ErrorKind::QuotaExceeded, retry: Retry::Never,
        hint: "an account quota is used up: remove something or raise it in Service Quotas",
        source: "botocore redshift: ClusterQuotaExceededFault" },
    Rule { services: &["redshift"], codes: &["InvalidSubnet", "InvalidVPCNetworkStateFault", "UnsupportedOptionFault",
            "InvalidParameterCombination", "ClusterParameterGroupNotFound"], messages: ANY,
        kind: ErrorKind::InvalidRequest, retry: Retry::Never,
        hint: "the configuration of this resource was refused: correct it",
        source: "botocore redshift: InvalidSubnet" },
    Rule { services: &["redshift-serverless"], codes: &["ConflictException"], messages: &["already exists"],
        kind: ErrorKind::AlreadyExists, retry: Retry::Never,
        hint: "something of this name exists in the account and region: choose another name or remove it",
        source: "botocore redshift-serverless: ConflictException" },
    Rule { services: &["quicksight"], codes: &["ResourceExistsException"], messages: ANY,
        kind: ErrorKind::AlreadyExists, retry: Retry::Never, hint: "something of this id exists: choose another id or remove it",
        source: "botocore quicksight: ResourceExistsException" },
    Rule { services: &["quicksight"], codes: &["LimitExceededException"], messages: ANY,
        kind: ErrorKind::QuotaExceeded, retry: Retry::Never,
        hint: "a QuickSight limit is reached: SPICE capacity (Manage QuickSight > SPICE capacity), 5 schedules and 32 refreshes a day of a data set",
        source: "https://docs.aws.amazon.com/quicksight/latest/user/data-source-limits.html" },
    Rule { services: &["quicksight"], codes: &["ResourceUnavailableException", "CustomerManagedKeyUnavailableException"], messages: ANY,
        kind: ErrorKind::Conflict, retry: Retry::Always(minutes(2)), hint: "the resource or the key that encrypts it is not available now",
        source: "botocore quicksight: ResourceUnavailableException" },
    Rule { services: &["quicksight"], codes: &["InvalidParameterValueException", "InvalidDataSetParameterValueException",
            "PreconditionNotMetException"], messages: ANY,
        kind: ErrorKind::InvalidRequest, retry: Retry::Never,
        hint: "the message names what QuickSight refuses: correct it in configs/visualization",
        source: "botocore quicksight: InvalidParameterValueException" },
    Rule { services: &["quicksight"], codes: &["ConflictException"], messages: ANY,
        kind: ErrorKind::Conflict, retry: Retry::Always(minutes(5)), hint: "QuickSight is still busy with an earlier change",
        source: "botocore quicksight: ConflictException" },

    // Any service: too fast.
    Rule { services: ANY, codes: &["Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled",
            "RequestThrottledException", "TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded",
            "SlowDown", "KMSThrottlingException", "PriorRequestNotComplete", "ProvisionedThroughputExceededException", "TransactionInProgressException",
            "EC2ThrottledException"], messages: ANY,
        kind: ErrorKind::Throttled, retry: Retry::Always(minutes(3)), hint: "AWS asks for fewer calls a second",
        source: "https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html" },

    // Any service: plain meanings, none of them worth repeating.
    Rule { services: ANY, codes: &["NoSuchEntity", "NoSuchEntityException", "ResourceNotFoundException", "ResourceNotFound", "EntityNotFoundException",
            "NoSuchBucket", "NoSuchKey", "NoSuchUpload", "NoSuchVersion", "NotFound", "NoSuchBucketPolicy", "NoSuchTagSet",
            "NoSuchTagSetError", "NoSuchLifecycleConfiguration", "NoSuchCORSConfiguration", "NoSuchPublicAccessBlockConfiguration",
            "OwnershipControlsNotFoundError", "ServerSideEncryptionConfigurationNotFoundError", "NoSuchConfiguration"],
        messages: ANY, kind: ErrorKind::NotFound, retry: Retry::Never, hint: "",
        source: "botocore: modelled exceptions; https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html" },
    Rule { services: ANY, codes: &["EntityAlreadyExists", "EntityAlreadyExistsException", "ResourceAlreadyExistsException",
            "AlreadyExistsException", "ResourceExistsException"], messages: ANY,
        kind: ErrorKind::AlreadyExists, retry: Retry::Never, hint: "something of this name exists: choose another name or remove it",
        source: "botocore: modelled exceptions" },
    Rule { services: ANY, codes: &["LimitExceeded", "LimitExceededException", "TooManyBuckets", "ServiceQuotaExceededException"],
        messages: ANY, kind: ErrorKind::QuotaExceeded, retry: Retry::Never,
        hint: "an account quota is used up: remove something or raise it in Service Quotas",
        source: "botocore: modelled exceptions" },
    Rule { services: ANY, codes: &["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AllAccessDisabled",
            "NotAuthorized", "Forbidden", "KMSAccessDeniedException", "OptInRequired", "KMSOptInRequired"], messages: ANY,
        kind: ErrorKind::AccessDenied, retry: Retry::Never,
        hint: "the identity that runs pipectl lacks this permission, or a policy of the resource or organisation denies it",
        source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html" },
    Rule { services: ANY, codes: &["NotImplemented", "UnknownOperation", "UnknownOperationException", "UnsupportedOperation",
            "InvalidAction", "MethodNotAllowed"], messages: ANY,
        kind: ErrorKind::Unsupported, retry: Retry::Never,
        hint: "this endpoint does not offer the call; an emulator may cover only part of AWS",
        source: "https://docs.aws.amazon.com/general/latest/gr/api-retries.html" },
    Rule { services: ANY, codes: &["ValidationError", "ValidationException", "InvalidArgumentException", "InvalidArgument",
            "InvalidParameterException", "InvalidParameterValue", "InvalidInput", "InvalidInputException", "InvalidRequest",
            "InvalidRequestException", "MalformedPolicyDocument", "MalformedPolicyDocumentException", "MalformedPolicy",
            "MalformedXML", "InvalidBucketName", "InvalidTag", "InvalidEncryptionAlgorithmError", "InvalidKMSResourceException",
            "IllegalLocationConstraintException", "SerializationException", "InvalidBucketState", "InvalidParameterInput",
            "InvalidParameterCombination", "MissingParameter", "InvalidFormat"], messages: ANY,
        kind: ErrorKind::InvalidRequest, retry: Retry::Never, hint: "the configuration of this resource was refused: correct it",
        source: "botocore: modelled exceptions" },
    Rule { services: ANY, codes: &["InternalFailure", "InternalError", "InternalServerError", "InternalFailureException",
            "ServiceFailure", "ServiceUnavailable", "ServiceUnavailableException", "RequestTimeout", "RequestTimeoutException"],
        messages: ANY, kind: ErrorKind::ServiceFault, retry: Retry::Never,
        hint: "the service failed, and went on failing through several attempts: run the command again in a while",
        source: "https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html" },
];

/// The first rule for an error, if any names it.
pub(super) fn classify(service: &str, code: &str, message: &str) -> Option<&'static Rule> {
    let message = message.to_ascii_lowercase();
    RULES.iter().find(|rule| {
        (rule.services.is_empty() || rule.services.contains(&service))
            && (rule.codes.is_empty() || rule.codes.contains(&code))
            && (rule.messages.is_empty() || rule.messages.iter().any(|part| message.contains(part)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every row of the retry table: service, code, message, kind, and how long it is retried when the role is fresh
    /// and when it is not.
    #[test]
    fn the_retry_table_holds() {
        const FRESH: Option<u64> = Some(2);
        #[rustfmt::skip]
        let rows = [
            ("firehose", "InvalidArgumentException", "Firehose is unable to assume role arn:aws:iam::1:role/r.", ErrorKind::Propagating, FRESH, None),
            ("firehose", "InvalidArgumentException", "Role x is not authorized to perform: kinesis:DescribeStream", ErrorKind::Propagating, FRESH, None),
            ("firehose", "InvalidArgumentException", "Verify that the IAM role has access to the source", ErrorKind::Propagating, FRESH, None),
            ("firehose", "InvalidArgumentException", "BufferSize must be at least 64", ErrorKind::InvalidRequest, None, None),
            ("glue", "InvalidInputException", "Role x should be given assume role permissions for Glue Service.", ErrorKind::Propagating, FRESH, None),
            ("glue", "InvalidInputException", "Service is unable to assume provided role.", ErrorKind::Propagating, FRESH, None),
            ("glue", "ConcurrentModificationException", "Workflow w was modified while adding trigger t to it", ErrorKind::Conflict, Some(2), Some(2)),
            ("glue", "ResourceNumberLimitExceededException", "", ErrorKind::QuotaExceeded, None, None),
            ("glue", "ConcurrentRunsExceededException", "", ErrorKind::Conflict, None, None),
            ("firehose", "UnrecognizedClientException", "The security token included in the request is invalid. (Service: AmazonKinesis; Status Code: 400)", ErrorKind::Propagating, FRESH, None),
            ("firehose", "UnrecognizedClientException", "The security token included in the request is invalid.", ErrorKind::ExpiredCredentials, None, None),
            ("sts", "ExpiredToken", "The security token included in the request is expired", ErrorKind::ExpiredCredentials, None, None),
            ("iam", "MalformedPolicyDocument", "Invalid principal in policy: \"AWS\":\"arn\"", ErrorKind::Propagating, FRESH, None),
            ("s3", "MalformedPolicy", "Invalid principal in policy", ErrorKind::Propagating, FRESH, None),
            ("iam", "NoSuchEntity", "The role with name x cannot be found.", ErrorKind::NotFound, FRESH, None),
            ("s3", "NoSuchBucket", "The specified bucket does not exist", ErrorKind::NotFound, FRESH, None),
            ("iam", "MalformedPolicyDocument", "Syntax errors in policy.", ErrorKind::InvalidRequest, None, None),
            ("iam", "DeleteConflict", "Cannot delete entity, must detach all policies first.", ErrorKind::Conflict, Some(2), Some(2)),
            ("iam", "ConcurrentModification", "", ErrorKind::Conflict, Some(2), Some(2)),
            ("s3", "OperationAborted", "A conflicting conditional operation is in progress", ErrorKind::Conflict, Some(5), Some(5)),
            ("s3", "SlowDown", "Please reduce your request rate.", ErrorKind::Throttled, Some(3), Some(3)),
            ("redshift-serverless", "ConflictException", "There is an operation running on the workgroup.", ErrorKind::Conflict, Some(20), Some(20)),
            ("redshift-serverless", "ValidationException", "Wait until at least one snapshot exists and retry", ErrorKind::Conflict, Some(20), Some(20)),
            ("redshift-serverless", "InsufficientCapacityException", "", ErrorKind::Throttled, Some(20), Some(20)),
            ("redshift-serverless", "ConflictException", "Workgroup already exists", ErrorKind::AlreadyExists, None, None),
            ("redshift", "InvalidClusterState", "There is an operation running on the Cluster.", ErrorKind::Conflict, Some(20), Some(20)),
            ("redshift", "InsufficientClusterCapacity", "", ErrorKind::Throttled, Some(20), Some(20)),
            ("redshift-data", "ValidationException", "Cluster is paused.", ErrorKind::InvalidRequest, None, None),
            ("redshift", "InvalidParameterValue", "The IAM role r is not valid. The IAM role must delegate access to an Amazon Redshift account.", ErrorKind::Propagating, FRESH, None),
            ("redshift-data", "8001", "User arn:x is not authorized to assume IAM Role y", ErrorKind::Propagating, FRESH, None),
            ("redshift-data", "ActiveStatementsExceededException", "", ErrorKind::Throttled, Some(5), Some(5)),
            ("redshift-data", "ActiveSessionsExceededException", "", ErrorKind::Throttled, Some(5), Some(5)),
            ("quicksight", "ThrottlingException", "", ErrorKind::Throttled, Some(3), Some(3)),
            ("quicksight", "ConflictException", "", ErrorKind::Conflict, Some(5), Some(5)),
            ("glue", "AccessDeniedException", "Insufficient Lake Formation permission(s) on db", ErrorKind::AccessDenied, None, None),
            ("quicksight", "AccessDeniedException", "Your identity region is us-east-1", ErrorKind::InvalidRequest, None, None),
            ("quicksight", "UnsupportedUserEditionException", "", ErrorKind::InvalidRequest, None, None),
            ("kinesis", "LimitExceededException", "This request would exceed the shard limit for the account", ErrorKind::QuotaExceeded, None, None),
            ("kinesis", "LimitExceededException", "Rate exceeded for stream x", ErrorKind::Throttled, Some(3), Some(3)),
        ];
        for (service, code, message, kind, fresh, stale) in rows {
            let rule =
                classify(service, code, message).unwrap_or_else(|| panic!("{service} {code} {message}: no rule"));
            assert_eq!(rule.kind, kind, "{service} {code} {message}");
            assert_eq!(
                rule.retry.limit(true),
                fresh.map(minutes),
                "{service} {code} {message}, fresh"
            );
            assert_eq!(
                rule.retry.limit(false),
                stale.map(minutes),
                "{service} {code} {message}, not fresh"
            );
            assert!(!rule.hint.is_empty() && !rule.source.is_empty());
        }
    }

    /// A managed policy that does not exist is a mistake in the configuration, not something still spreading.
    #[test]
    fn what_does_not_exist_is_not_waited_for() {
        let rows = [
            (
                "iam",
                "NoSuchEntity",
                "Policy arn:aws:iam::aws:policy/Nope does not exist or is not attachable.",
            ),
            ("s3", "NoSuchKey", "The specified key does not exist."),
            (
                "kinesis",
                "ResourceNotFoundException",
                "Stream s under account 1 not found.",
            ),
        ];
        for (service, code, message) in rows {
            let rule = classify(service, code, message).expect("a rule");
            assert_eq!(
                (rule.kind, rule.retry),
                (ErrorKind::NotFound, Retry::Never),
                "{service} {code}"
            );
        }
    }

    #[test]
    fn unknown_errors_have_no_rule() {
        assert!(classify("kinesis", "SomethingNew", "who knows").is_none());
    }
}
