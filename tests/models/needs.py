"""What a recorded request needs of its caller: IAM actions, and on which resources.

An operation needs the action of its name (`glue:CreateJob`) unless a table here says otherwise; the tables name their
source. Where AWS alone knows a part of the ARN (the id of a namespace), an example stands for it.
"""

from dataclasses import dataclass, field

import arns
import service_reference
from rules import INVALID, Faults
from validate_requests import understand

#: IAM's prefix of a service where it is not the name that requests are signed with.
PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag"}

#: Operations that need another action than that of their name, or none.
#: S3: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>; the rest as said there.
RENAMED = {
    "s3.CompleteMultipartUpload": ["s3:PutObject"],
    "s3.CreateMultipartUpload": ["s3:PutObject"],
    "s3.DeleteBucketCors": ["s3:PutBucketCORS"],
    "s3.DeleteBucketEncryption": ["s3:PutEncryptionConfiguration"],
    "s3.DeleteBucketLifecycle": ["s3:PutLifecycleConfiguration"],
    "s3.DeleteBucketOwnershipControls": ["s3:PutBucketOwnershipControls"],
    "s3.DeleteBucketTagging": ["s3:PutBucketTagging"],
    "s3.DeleteObjects": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
    "s3.DeletePublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
    "s3.GetBucketCors": ["s3:GetBucketCORS"],
    "s3.GetBucketEncryption": ["s3:GetEncryptionConfiguration"],
    "s3.GetBucketLifecycleConfiguration": ["s3:GetLifecycleConfiguration"],
    # Without ListBucket an object or bucket that is not there answers 403, which is not the "make it" of 404.
    "s3.GetObject": ["s3:GetObject", "s3:ListBucket"],
    "s3.GetPublicAccessBlock": ["s3:GetBucketPublicAccessBlock"],
    "s3.HeadBucket": ["s3:ListBucket"],
    "s3.HeadObject": ["s3:GetObject", "s3:ListBucket"],
    "s3.ListMultipartUploads": ["s3:ListBucketMultipartUploads"],
    "s3.ListObjectVersions": ["s3:ListBucketVersions"],
    "s3.ListObjectsV2": ["s3:ListBucket"],
    "s3.PutBucketCors": ["s3:PutBucketCORS"],
    "s3.PutBucketEncryption": ["s3:PutEncryptionConfiguration"],
    "s3.PutBucketLifecycleConfiguration": ["s3:PutLifecycleConfiguration"],
    "s3.PutPublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
    "s3.UploadPart": ["s3:PutObject"],
    # <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>: no permissions are required.
    "sts.GetCallerIdentity": [],
}

#: The action that a request with tags for what it makes needs too (API models: Tags of each input; CreateStream says that
#: kinesis:TagResource is not it).
TAGGING = {
    "cloudwatch": "cloudwatch:TagResource",
    "firehose": "firehose:TagDeliveryStream",
    "glue": "glue:TagResource",
    "iam": "iam:TagRole",
    "kinesis": "kinesis:AddTagsToStream",
    "logs": "logs:TagResource",
    "quicksight": "quicksight:TagResource",
    "redshift": "redshift:CreateTags",
    "redshift-serverless": "redshift-serverless:TagResource",
    "s3": "s3:TagResource",
}

#: Operations that hand roles to a service: iam:PassRole on each (IAM user guide, "Grant a user permissions to pass a role").
PASSED_TO = {
    "firehose.CreateDeliveryStream": "firehose.amazonaws.com",
    "firehose.UpdateDestination": "firehose.amazonaws.com",
    "glue.CreateJob": "glue.amazonaws.com",
    "glue.UpdateJob": "glue.amazonaws.com",
    "redshift.CreateCluster": "redshift.amazonaws.com",
    "redshift.ModifyClusterIamRoles": "redshift.amazonaws.com",
    "redshift-serverless.CreateNamespace": "redshift-serverless.amazonaws.com",
    "redshift-serverless.UpdateNamespace": "redshift-serverless.amazonaws.com",
}

#: What Redshift does in the caller's name: the handlers' permissions in CloudFormation's schemas of
#: AWS::RedshiftServerless::Namespace, Workgroup, AWS::Redshift::Cluster and ClusterSubnetGroup, and, of the secret, the AWS
#: managed policy SageMakerStudioAdminIAMPermissiveExecutionPolicy.
NETWORK = [
    "ec2:DescribeAccountAttributes",
    "ec2:DescribeAddresses",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcs",
]
IN_A_NETWORK = {
    "redshift.CreateCluster",
    "redshift.CreateClusterSubnetGroup",
    "redshift.ModifyClusterSubnetGroup",
    "redshift-serverless.CreateWorkgroup",
    "redshift-serverless.DeleteWorkgroup",
    "redshift-serverless.UpdateWorkgroup",
}
FIRST_OF_REDSHIFT = {"redshift.CreateCluster", "redshift-serverless.CreateNamespace"}
_NEW_SECRET = [f"secretsmanager:{name}Secret" for name in ("Create", "Describe", "Rotate")] + [
    "secretsmanager:TagResource"
]
_CHANGED_SECRET = [*_NEW_SECRET, "secretsmanager:DeleteSecret", "secretsmanager:UpdateSecret"]
MANAGED_SECRET = {
    "redshift.CreateCluster": _NEW_SECRET,
    "redshift.ModifyCluster": _CHANGED_SECRET,
    "redshift.DeleteCluster": ["secretsmanager:DeleteSecret", "secretsmanager:DescribeSecret"],
    "redshift-serverless.CreateNamespace": _NEW_SECRET,
    "redshift-serverless.UpdateNamespace": _CHANGED_SECRET,
    "redshift-serverless.DeleteNamespace": ["secretsmanager:DeleteSecret", "secretsmanager:DescribeSecret"],
}

#: Operations that read a secret in the caller's name.
#: <https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-access.html>,
#: <https://docs.aws.amazon.com/quicksight/latest/user/secrets-manager-integration-api.html>
READS_SECRET = {
    "quicksight.CreateDataSource",
    "quicksight.UpdateDataSource",
    "redshift-data.BatchExecuteStatement",
    "redshift-data.ExecuteStatement",
}

#: Operations that build on others' resources (CloudFormation's schemas of AWS::QuickSight::DataSet and Dashboard).
BUILDS_ON = {
    "quicksight.CreateDataSet": ("quicksight:PassDataSource", "datasource"),
    "quicksight.UpdateDataSet": ("quicksight:PassDataSource", "datasource"),
    "quicksight.CreateDashboard": ("quicksight:PassDataSet", "dataset"),
    "quicksight.UpdateDashboard": ("quicksight:PassDataSet", "dataset"),
}


@dataclass(frozen=True)
class Need:
    """`resource` is an ARN, or `*` of an action that IAM cannot limit to resources."""

    action: str
    resource: str
    context: dict = field(default_factory=dict, hash=False)


def needs(record, place):
    """The operation that a recorded request calls (`s3.HeadBucket`), and all that it needs. Raises LookupError where its
    input does not say on what."""
    _, operation, value = understand(record, Faults())
    label = _label(record, operation)
    return label, list(dict.fromkeys(_of_call(label, {} if value is INVALID else value, place)))


def operation_of(record):
    """The operation that a recorded request calls."""
    return _label(record, understand(record, Faults())[1])


def _label(record, operation):
    service = PREFIXES.get(record["service"], record["service"])
    return f"{service}.{operation.name if operation else record['operation']}"


def possible_actions(label):
    """All actions that an operation needs with one input or another."""
    service, name = label.split(".")
    actions = [*RENAMED.get(label, [f"{service}:{name}"]), *MANAGED_SECRET.get(label, [])]
    actions += [TAGGING[service]] if _may_tag(label) else []
    actions += ["iam:PassRole"] if label in PASSED_TO else []
    actions += [BUILDS_ON[label][0]] if label in BUILDS_ON else []
    actions += ["secretsmanager:GetSecretValue"] if label in READS_SECRET else []
    actions += NETWORK if label in IN_A_NETWORK else []
    actions += ["iam:CreateServiceLinkedRole"] if label in FIRST_OF_REDSHIFT else []
    return actions


def _of_call(label, value, place):
    service, name = label.split(".")
    own = RENAMED.get(label, [f"{service}:{name}"])
    for action in [*own, TAGGING[service]] if _may_tag(label) and _tags(value) else own:
        if service_reference.resource_types(action):
            yield from (Need(action, arn) for arn in arns.of_call(action, name, value, place))
        else:
            yield Need(action, "*")
    if label in PASSED_TO:
        for role in arns.within(value, "iam", "role/"):
            yield Need("iam:PassRole", role, {"iam:PassedToService": PASSED_TO[label]})
    if label in BUILDS_ON:
        action, kind = BUILDS_ON[label]
        yield from (Need(action, arn) for arn in arns.within(value, "quicksight", f"{kind}/"))
    if label in READS_SECRET:
        for secret in arns.within(value, "secretsmanager", "secret:"):
            yield Need("secretsmanager:GetSecretValue", secret)
    for action in MANAGED_SECRET.get(label, []):
        yield Need(action, arns.managed_secret(value, place))
    if label in IN_A_NETWORK:
        yield from (Need(action, "*") for action in NETWORK)
    if label in FIRST_OF_REDSHIFT:
        role = arns.arn(place, "iam", "role/aws-service-role/redshift.amazonaws.com/AWSServiceRoleForRedshift")
        yield Need("iam:CreateServiceLinkedRole", role, {"iam:AWSServiceName": "redshift.amazonaws.com"})


def _may_tag(label):
    service, name = label.split(".")
    return service in TAGGING and name.startswith(("Create", "Put")) and name != "CreateTags"


def _tags(value):
    configuration = value.get("CreateBucketConfiguration", {})
    return value.get("Tags") or value.get("tags") or configuration.get("Tags")
