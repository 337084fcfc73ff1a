"""Redshift's provisioned clusters: states, errors by code, subnet groups, usage limits, tags.

"Model" = botocore redshift 2012-12-01, whose errors have codes and HTTP statuses of their own.
"""

import json

import pytest

from conftest import eventually, refused

CLUSTER = {
    "NodeType": "ra3.large",
    "ClusterType": "single-node",
    "MasterUsername": "boss",
    "ManageMasterPassword": True,
    "DBName": "employees",
}


def described(redshift, name):
    return redshift.describe_clusters(ClusterIdentifier=name)["Clusters"][0]


def until(redshift, name, status):
    def reached():
        cluster = described(redshift, name)
        return cluster if cluster["ClusterStatus"] == status else None

    return eventually(reached, f"cluster {name} is {status}")


def gone(redshift, name):
    try:
        redshift.describe_clusters(ClusterIdentifier=name)
    except redshift.exceptions.ClusterNotFoundFault:
        return True
    return False


@pytest.fixture
def cluster(redshift, name):
    """An available cluster."""
    redshift.create_cluster(ClusterIdentifier=name, **CLUSTER)
    return until(redshift, name, "available")


# Model, CreateCluster, Cluster: creating, then available with an endpoint.
def test_a_cluster_from_creation_to_deletion(redshift, name):
    created = redshift.create_cluster(ClusterIdentifier=name, **CLUSTER)["Cluster"]
    assert created["ClusterStatus"] == "creating"
    assert created["ClusterAvailabilityStatus"] == "Modifying"
    assert "Endpoint" not in created or "Address" not in created["Endpoint"]
    with refused("ClusterAlreadyExists", status=400):
        redshift.create_cluster(ClusterIdentifier=name, **CLUSTER)
    available = until(redshift, name, "available")
    assert available["ClusterAvailabilityStatus"] == "Available"
    assert available["Endpoint"]["Address"].startswith(f"{name}.")
    assert available["Endpoint"]["Port"] == 5439
    assert (available["NodeType"], available["NumberOfNodes"]) == ("ra3.large", 1)
    assert (available["DBName"], available["MasterUsername"]) == ("employees", "boss")
    assert available["Encrypted"] is True
    assert available["AutomatedSnapshotRetentionPeriod"] == 1
    assert available["ClusterNamespaceArn"].startswith("arn:aws:redshift:us-east-1:")
    deleting = redshift.delete_cluster(ClusterIdentifier=name, SkipFinalClusterSnapshot=True)["Cluster"]
    assert deleting["ClusterStatus"] == "deleting"
    eventually(lambda: gone(redshift, name), "the cluster is gone")
    with refused("ClusterNotFound", status=404):
        redshift.delete_cluster(ClusterIdentifier=name, SkipFinalClusterSnapshot=True)


# botocore's waiters: cluster_available and cluster_deleted go by these states and codes.
def test_waiters(redshift, name):
    redshift.create_cluster(ClusterIdentifier=name, **CLUSTER)
    redshift.get_waiter("cluster_available").wait(ClusterIdentifier=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    redshift.delete_cluster(ClusterIdentifier=name, SkipFinalClusterSnapshot=True)
    redshift.get_waiter("cluster_deleted").wait(ClusterIdentifier=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})


def test_a_cluster_that_is_not_there(redshift, name):
    calls = (
        redshift.describe_clusters,
        redshift.pause_cluster,
        redshift.resume_cluster,
        redshift.reboot_cluster,
        redshift.describe_logging_status,
    )
    for call in calls:
        with refused("ClusterNotFound", status=404):
            call(ClusterIdentifier=name)
    with refused("ClusterNotFound", status=404):
        redshift.modify_cluster(ClusterIdentifier=name, AllowVersionUpgrade=False)


# Model, CreateCluster: names, passwords, "You can't use MasterUserPassword if ManageMasterPassword is true",
# "multi-node, the NumberOfNodes parameter is required", Encrypted: "If you set the value ... to false, the request will fail".
@pytest.mark.parametrize(
    "settings",
    [
        {"ClusterIdentifier": "Upper"},
        {"ClusterIdentifier": "a--b"},
        {"ClusterIdentifier": "1a"},
        {"NodeType": "ra9.large"},
        {"ClusterType": "multi-node"},
        {"MasterUserPassword": "Passw0rdIsLong"},
        {"ManageMasterPassword": False, "MasterUserPassword": "alllowercase"},
        {"ManageMasterPassword": False, "MasterUserPassword": "Sh0rt"},
        {"MasterUsername": "PUBLIC"},
        {"Encrypted": False},
        {"AutomatedSnapshotRetentionPeriod": 0},
        {"AutomatedSnapshotRetentionPeriod": 36},
    ],
)
def test_clusters_that_cannot_be(redshift, name, settings):
    with refused(
        "InvalidParameterValue",
        "InvalidParameterCombination",
        "InvalidRetentionPeriodFault",
        "MissingParameter",
        status=400,
    ):
        redshift.create_cluster(**{"ClusterIdentifier": name, **CLUSTER, **settings})


def test_what_a_cluster_needs(redshift, name):
    with refused("ClusterSubnetGroupNotFoundFault", status=400):
        redshift.create_cluster(ClusterIdentifier=name, ClusterSubnetGroupName=f"{name}-none", **CLUSTER)
    with refused("MissingParameter", "InvalidParameterValue"):
        redshift.create_cluster(ClusterIdentifier=name)


# Model, DeleteCluster: "The FinalClusterSnapshotIdentifier parameter must be specified if SkipFinalClusterSnapshot is false."
def test_final_snapshots(redshift, name, cluster):
    with refused("InvalidParameterCombination", status=400):
        redshift.delete_cluster(ClusterIdentifier=name)
    with refused("InvalidParameterCombination"):
        redshift.delete_cluster(
            ClusterIdentifier=name, SkipFinalClusterSnapshot=True, FinalClusterSnapshotIdentifier=f"{name}-last"
        )
    deleting = redshift.delete_cluster(ClusterIdentifier=name, FinalClusterSnapshotIdentifier=f"{name}-last")["Cluster"]
    assert deleting["ClusterStatus"] in ("final-snapshot", "deleting")
    eventually(lambda: gone(redshift, name), "the cluster is gone")
    snapshot = redshift.describe_cluster_snapshots(SnapshotIdentifier=f"{name}-last")["Snapshots"][0]
    assert (snapshot["ClusterIdentifier"], snapshot["Status"]) == (name, "available")
    redshift.delete_cluster_snapshot(SnapshotIdentifier=f"{name}-last")
    with refused("ClusterSnapshotNotFound", status=404):
        redshift.describe_cluster_snapshots(SnapshotIdentifier=f"{name}-last")


# Model, ManageMasterPassword: "Amazon Redshift uses Secrets Manager to manage this cluster's admin credentials".
def test_the_managed_password(redshift, secrets, data, name, cluster):
    arn = cluster["MasterPasswordSecretArn"]
    assert f":secret:redshift!{name}-boss-" in arn
    value = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    assert value["username"] == "boss"
    connection = {"ClusterIdentifier": name, "Database": "employees"}
    answer = data.execute_statement(Sql="SELECT CURRENT_USER", WaitTimeSeconds=30, SecretArn=arn, **connection)
    assert answer["Status"] == "FINISHED"
    assert data.get_statement_result(Id=answer["Id"])["Records"] == [[{"stringValue": "boss"}]]
    answer = data.execute_statement(Sql="SELECT CURRENT_USER", WaitTimeSeconds=30, DbUser="boss", **connection)
    assert data.get_statement_result(Id=answer["Id"])["Records"] == [[{"stringValue": "boss"}]]


# Model, PauseCluster, ResumeCluster: pausing, paused, resuming, available. A paused cluster answers no statement.
def test_pause_and_resume(redshift, data, name, cluster):
    statement = {"Sql": "SELECT 1", "ClusterIdentifier": name, "Database": "employees", "DbUser": "boss"}
    assert redshift.pause_cluster(ClusterIdentifier=name)["Cluster"]["ClusterStatus"] == "pausing"
    with refused("InvalidClusterState", status=400):
        redshift.pause_cluster(ClusterIdentifier=name)
    paused = until(redshift, name, "paused")
    assert paused["ClusterAvailabilityStatus"] == "Paused"
    with refused("ValidationException"):
        data.execute_statement(**statement)
    with refused("InvalidClusterState"):
        redshift.modify_cluster(ClusterIdentifier=name, AllowVersionUpgrade=False)
    assert redshift.resume_cluster(ClusterIdentifier=name)["Cluster"]["ClusterStatus"] == "resuming"
    until(redshift, name, "available")
    assert data.execute_statement(WaitTimeSeconds=30, **statement)["Status"] == "FINISHED"
    with refused("InvalidClusterState"):
        redshift.resume_cluster(ClusterIdentifier=name)


# Management guide, "Pausing and resuming clusters": "If you delete a paused cluster without requesting a final snapshot, then
# you can't restore the cluster."
def test_a_paused_cluster_can_be_deleted(redshift, name, cluster):
    redshift.pause_cluster(ClusterIdentifier=name)
    until(redshift, name, "paused")
    redshift.delete_cluster(ClusterIdentifier=name, SkipFinalClusterSnapshot=True)
    eventually(lambda: gone(redshift, name), "the cluster is gone")


# Model, ModifyCluster: a new number of nodes is pending while the cluster resizes.
def test_modify(redshift, name, cluster):
    changed = redshift.modify_cluster(ClusterIdentifier=name, AutomatedSnapshotRetentionPeriod=7)["Cluster"]
    assert changed["ClusterIdentifier"] == name
    eventually(lambda: described(redshift, name)["AutomatedSnapshotRetentionPeriod"] == 7, "the change is there")
    until(redshift, name, "available")
    resizing = redshift.modify_cluster(
        ClusterIdentifier=name, ClusterType="multi-node", NodeType="ra3.large", NumberOfNodes=2
    )["Cluster"]
    assert resizing["ClusterStatus"] in ("resizing", "modifying")
    assert resizing["PendingModifiedValues"]["NumberOfNodes"] == 2
    resized = until(redshift, name, "available")
    assert resized["NumberOfNodes"] == 2
    assert sorted(node["NodeRole"] for node in resized["ClusterNodes"]) == ["COMPUTE-0", "COMPUTE-1", "LEADER"]


# Model, ModifyClusterIamRoles: adding, in-sync, removing.
def test_roles(redshift, name, cluster):
    role = cluster["ClusterNamespaceArn"].split(":")[4]
    role = f"arn:aws:iam::{role}:role/{name}"
    changed = redshift.modify_cluster_iam_roles(ClusterIdentifier=name, AddIamRoles=[role])["Cluster"]
    (attached,) = changed["IamRoles"]
    assert attached["IamRoleArn"] == role
    assert attached["ApplyStatus"] in ("adding", "in-sync")
    eventually(lambda: described(redshift, name)["IamRoles"][0]["ApplyStatus"] == "in-sync", "the role is attached")
    redshift.modify_cluster_iam_roles(ClusterIdentifier=name, RemoveIamRoles=[role])
    eventually(lambda: described(redshift, name)["IamRoles"] == [], "the role is gone")


# Model, ClusterSubnetGroup: one that a cluster uses cannot be deleted.
def test_subnet_groups(redshift, name):
    group = redshift.create_cluster_subnet_group(
        ClusterSubnetGroupName=name, Description="d", SubnetIds=["subnet-1", "subnet-2"]
    )["ClusterSubnetGroup"]
    assert group["SubnetGroupStatus"] == "Complete"
    assert [subnet["SubnetIdentifier"] for subnet in group["Subnets"]] == ["subnet-1", "subnet-2"]
    assert group["VpcId"].startswith("vpc-")
    with refused("ClusterSubnetGroupAlreadyExists", status=400):
        redshift.create_cluster_subnet_group(ClusterSubnetGroupName=name, Description="d", SubnetIds=["subnet-1"])
    changed = redshift.modify_cluster_subnet_group(ClusterSubnetGroupName=name, SubnetIds=["subnet-3"])
    assert [item["SubnetIdentifier"] for item in changed["ClusterSubnetGroup"]["Subnets"]] == ["subnet-3"]
    redshift.create_cluster(ClusterIdentifier=name, ClusterSubnetGroupName=name, **CLUSTER)
    assert until(redshift, name, "available")["ClusterSubnetGroupName"] == name
    with refused("InvalidClusterSubnetGroupStateFault", status=400):
        redshift.delete_cluster_subnet_group(ClusterSubnetGroupName=name)
    redshift.delete_cluster(ClusterIdentifier=name, SkipFinalClusterSnapshot=True)
    eventually(lambda: gone(redshift, name), "the cluster is gone")
    redshift.delete_cluster_subnet_group(ClusterSubnetGroupName=name)
    with refused("ClusterSubnetGroupNotFoundFault", status=400):
        redshift.describe_cluster_subnet_groups(ClusterSubnetGroupName=name)


# Model, CreateUsageLimit: the kind of limit follows from the feature.
def test_usage_limits(redshift, name, cluster):
    limit = {
        "ClusterIdentifier": name,
        "FeatureType": "concurrency-scaling",
        "LimitType": "time",
        "Amount": 60,
        "Period": "daily",
    }
    created = redshift.create_usage_limit(**limit)
    assert {key: created[key] for key in limit} == limit
    assert created["BreachAction"] == "log"
    with refused("UsageLimitAlreadyExists", status=400):
        redshift.create_usage_limit(**limit)
    with refused("InvalidUsageLimit", "InvalidParameterValue", "InvalidParameterCombination", status=400):
        redshift.create_usage_limit(**{**limit, "FeatureType": "spectrum"})
    with refused("ClusterNotFound", status=404):
        redshift.create_usage_limit(**{**limit, "ClusterIdentifier": f"{name}-none"})
    identifier = created["UsageLimitId"]
    assert redshift.modify_usage_limit(UsageLimitId=identifier, Amount=30)["Amount"] == 30
    found = redshift.describe_usage_limits(ClusterIdentifier=name)["UsageLimits"]
    assert [(item["UsageLimitId"], item["Amount"]) for item in found] == [(identifier, 30)]
    redshift.delete_usage_limit(UsageLimitId=identifier)
    with refused("UsageLimitNotFound", status=404):
        redshift.delete_usage_limit(UsageLimitId=identifier)


# Model, CreateTags, DeleteTags, DescribeTags by arn:aws:redshift:<region>:<account>:cluster:<name>.
def test_tags(redshift, tagging, name):
    cluster = redshift.create_cluster(ClusterIdentifier=name, Tags=[{"Key": "a", "Value": name}], **CLUSTER)["Cluster"]
    assert cluster["Tags"] == [{"Key": "a", "Value": name}]
    account = cluster["ClusterNamespaceArn"].split(":")[4]
    arn = f"arn:aws:redshift:us-east-1:{account}:cluster:{name}"
    until(redshift, name, "available")
    redshift.create_tags(ResourceName=arn, Tags=[{"Key": "b", "Value": "2"}])
    found = redshift.describe_tags(ResourceName=arn)["TaggedResources"]
    assert sorted(item["Tag"]["Key"] for item in found) == ["a", "b"]
    assert {item["ResourceType"] for item in found} == {"cluster"}
    by_tag = redshift.describe_clusters(TagKeys=["a"], TagValues=[name])["Clusters"]
    assert [item["ClusterIdentifier"] for item in by_tag] == [name]
    found = tagging.get_resources(TagFilters=[{"Key": "a", "Values": [name]}])["ResourceTagMappingList"]
    assert [item["ResourceARN"] for item in found] == [arn]
    redshift.delete_tags(ResourceName=arn, TagKeys=["a"])
    assert described(redshift, name)["Tags"] == [{"Key": "b", "Value": "2"}]
    with refused("ResourceNotFoundFault", status=404):
        redshift.create_tags(ResourceName=f"{arn}-none", Tags=[{"Key": "a", "Value": "1"}])


# Model, DescribeClusters: MaxRecords 20-100, Marker.
def test_clusters_in_pages(redshift, cluster, name):
    with refused("InvalidParameterValue"):
        redshift.describe_clusters(MaxRecords=5)
    pages = redshift.get_paginator("describe_clusters").paginate(PaginationConfig={"PageSize": 20})
    assert name in [item["ClusterIdentifier"] for page in pages for item in page["Clusters"]]


# Model, GetClusterCredentials: DbUser comes back with the prefix IAM:, or IAMA: if it is to be created; 900-3600 s.
def test_temporary_credentials(redshift, name, cluster):
    found = redshift.get_cluster_credentials(ClusterIdentifier=name, DbUser="boss", DbName="employees")
    assert found["DbUser"] == "IAM:boss"
    assert found["DbPassword"]
    found = redshift.get_cluster_credentials(ClusterIdentifier=name, DbUser="new", AutoCreate=True)
    assert found["DbUser"] == "IAMA:new"
    with refused("ClusterNotFound", status=404):
        redshift.get_cluster_credentials(ClusterIdentifier=f"{name}-none", DbUser="boss")
    for seconds in (899, 3601):
        with refused("InvalidParameterValue", "ValidationError"):
            redshift.get_cluster_credentials(ClusterIdentifier=name, DbUser="boss", DurationSeconds=seconds)
