"""The ARNs that IAM holds a policy's Resource against, made from the input of an operation.

Formats: the resource types of the Service Authorization Reference. What a request names by an ARN is that ARN.
"""

import re

#: Services whose ARNs have no region (and those of buckets no account).
GLOBAL = {"iam"}

#: Stands for the ids that AWS makes up.
SOME_ID = "0f0e0d0c-0b0a-4908-8706-050403020100"


def arn(place, service, resource):
    region = "" if service in GLOBAL else place.region
    return f"arn:{place.partition}:{service}:{region}:{place.account}:{resource}"


def within(value, service, start):
    """The ARNs of a service anywhere in an input whose resource part starts so."""
    pattern = re.compile(rf"arn:[^:]+:{service}:[^:]*:\d{{12}}:{re.escape(start)}.*")
    return sorted({text for text in _texts(value) if pattern.fullmatch(text)})


def managed_secret(value, place):
    """The secret that Redshift keeps an administrator's password in: `redshift!<namespace or cluster>-<user>-<random>`."""
    owner = value.get("namespaceName") or value.get("ClusterIdentifier")
    user = value.get("adminUsername") or value.get("MasterUsername") or "admin"
    return arn(place, "secretsmanager", f"secret:redshift!{owner}-{user}-AbCdEf")


def of_call(action, operation, value, place):
    """The resources that `action` must be allowed on for a call of `operation`. Raises LookupError where no rule says."""
    service = action.split(":")[0]
    if service not in _RULES:
        raise LookupError(f"no rule says what {action} is allowed on")
    named = list(_RULES[service](action, operation, value, place))
    if not named:
        raise LookupError(f"{operation}: its input names nothing that {action} could be allowed on")
    return named


def _texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _s3(action, operation, value, place):
    bucket = f"arn:{place.partition}:s3:::{value['Bucket']}"
    if not re.fullmatch(r"s3:(Get|Put|Delete)Object(Version)?|s3:AbortMultipartUpload", action):
        return [bucket]
    keys = [value["Key"]] if "Key" in value else [item["Key"] for item in value["Delete"]["Objects"]]
    return [f"{bucket}/{key}" for key in keys]


def _iam(action, operation, value, place):
    if "InstanceProfileName" in value:
        return [arn(place, "iam", f"instance-profile/{value['InstanceProfileName']}")]
    path = value.get("Path", f"/pipectl/{place.pipeline}/{place.environment}/")
    roles = [arn(place, "iam", f"role{path}{value['RoleName']}")]
    if operation == "GetRole":
        # Of a role that is not there yet IAM knows the name alone.
        roles.append(arn(place, "iam", f"role/{value['RoleName']}"))
    return roles


def _kinesis(action, operation, value, place):
    yield value.get("StreamARN") or arn(place, "kinesis", f"stream/{value['StreamName']}")
    if operation in ("StartStreamEncryption", "StopStreamEncryption"):
        # The reference requires the key too; aliases stand for keys.
        yield arn(place, "kms", f"key/{SOME_ID}")


def _firehose(action, operation, value, place):
    return [arn(place, "firehose", f"deliverystream/{value['DeliveryStreamName']}")]


def _logs(action, operation, value, place):
    if "resourceArn" in value:
        return [value["resourceArn"]]
    group = arn(place, "logs", f"log-group:{value['logGroupName']}")
    if "logStreamName" in value:
        return [f"{group}:log-stream:{value['logStreamName']}"]
    return [group if operation == "TagResource" else f"{group}:*"]


def _cloudwatch(action, operation, value, place):
    if "ResourceARN" in value:
        return [value["ResourceARN"]]
    dashboards = value.get("DashboardNames") or [value.get("DashboardName")]
    if dashboards != [None]:
        return [f"arn:{place.partition}:cloudwatch::{place.account}:dashboard/{name}" for name in dashboards]
    alarms = value.get("AlarmNames") or [value["AlarmName"]]
    return [arn(place, "cloudwatch", f"alarm:{name}") for name in alarms]


def _glue(action, operation, value, place):
    if "ResourceArn" in value:
        return [value["ResourceArn"]]
    if "Job" in operation:
        return [arn(place, "glue", f"job/{value.get('JobName') or value['Name']}")]
    if "Trigger" in operation:
        return [arn(place, "glue", f"trigger/{value['Name']}")]
    table = value.get("TableInput", {}).get("Name") or ("Table" in operation and value["Name"])
    database = value.get("DatabaseName") or value.get("Name") or value["DatabaseInput"]["Name"]
    resources = [f"database/{database}"]
    if action != "glue:TagResource":
        resources.append("catalog")
    if table:
        resources.append(f"table/{database}/{table}")
    if operation == "DeleteDatabase":
        resources += [f"table/{database}/any", f"userDefinedFunction/{database}/any"]
    return [arn(place, "glue", resource) for resource in resources]


def _redshift(action, operation, value, place):
    if "ResourceName" in value:
        return [value["ResourceName"]]
    if "SubnetGroup" in operation:
        return [arn(place, "redshift", f"subnetgroup:{value['ClusterSubnetGroupName']}")]
    return [arn(place, "redshift", f"cluster:{value['ClusterIdentifier']}")]


def _redshift_serverless(action, operation, value, place):
    kind = "namespace" if "Namespace" in operation else "workgroup"
    return [value.get("resourceArn") or arn(place, "redshift-serverless", f"{kind}/{SOME_ID}")]


def _redshift_data(action, operation, value, place):
    if "ClusterIdentifier" in value:
        return [arn(place, "redshift", f"cluster:{value['ClusterIdentifier']}")]
    return [arn(place, "redshift-serverless", f"workgroup/{SOME_ID}")]


def _quicksight(action, operation, value, place):
    if "ResourceArn" in value:
        return [value["ResourceArn"]]
    schedule = value.get("ScheduleId") or value.get("Schedule", {}).get("ScheduleId")
    inner = {
        "ingestion": value.get("IngestionId"),
        "refresh-schedule": schedule,
        "snapshot-job": value.get("SnapshotJobId"),
    }
    inner = next((f"/{kind}/{name}" for kind, name in inner.items() if name and action != "quicksight:TagResource"), "")
    outer = {
        "datasource": value.get("DataSourceId"),
        "dataset": value.get("DataSetId"),
        "dashboard": value.get("DashboardId"),
        "account": value.get("AwsAccountId"),
    }
    kind, name = next((kind, name) for kind, name in outer.items() if name)
    return [arn(place, "quicksight", f"{kind}/{name}{inner}")]


_RULES = {
    "cloudwatch": _cloudwatch,
    "firehose": _firehose,
    "glue": _glue,
    "iam": _iam,
    "kinesis": _kinesis,
    "logs": _logs,
    "quicksight": _quicksight,
    "redshift": _redshift,
    "redshift-data": _redshift_data,
    "redshift-serverless": _redshift_serverless,
    "s3": _s3,
}
