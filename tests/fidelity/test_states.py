"""What is refused while something is being made, on a server that takes as long over it as AWS does (`--timing aws`)."""

import os
import uuid

import pytest

from conftest import Server, connect, refused

pytestmark = pytest.mark.skipif(
    "PIPECTL_FIDELITY_ENDPOINT" in os.environ, reason="another server has no switch for its waiting times"
)


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("states"), "--timing", "aws")
    yield server.start()
    server.stop()


# Redshift API, DeleteCluster, ModifyCluster, PauseCluster: InvalidClusterState, "The specified cluster is not in the available
# state."
def test_a_cluster_that_is_being_made(endpoint):
    redshift, data = connect("redshift", endpoint), connect("redshift-data", endpoint)
    name = f"c{uuid.uuid4().hex[:12]}"
    cluster = redshift.create_cluster(
        ClusterIdentifier=name,
        NodeType="ra3.large",
        MasterUsername="boss",
        ManageMasterPassword=True,
        DBName="employees",
    )["Cluster"]
    assert cluster["ClusterStatus"] == "creating"
    described = redshift.describe_clusters(ClusterIdentifier=name)["Clusters"][0]
    assert (described["ClusterStatus"], described["ClusterAvailabilityStatus"]) == ("creating", "Modifying")
    assert "Endpoint" not in described
    for call, more in (
        (redshift.delete_cluster, {"SkipFinalClusterSnapshot": True}),
        (redshift.modify_cluster, {"AllowVersionUpgrade": False}),
        (redshift.pause_cluster, {}),
        (redshift.resume_cluster, {}),
        (redshift.reboot_cluster, {}),
    ):
        with refused("InvalidClusterState", status=400):
            call(ClusterIdentifier=name, **more)
    statement = {"Sql": "SELECT 1", "ClusterIdentifier": name, "Database": "employees"}
    with refused("ValidationException", "ResourceNotFoundException"):
        data.execute_statement(SecretArn=cluster["MasterPasswordSecretArn"], **statement)


# Redshift Serverless API, errors: ConflictException, "The submitted action has conflicts."
def test_a_workgroup_that_is_being_made(endpoint):
    serverless, data = connect("redshift-serverless", endpoint), connect("redshift-data", endpoint)
    name = f"w{uuid.uuid4().hex[:12]}"
    namespace = serverless.create_namespace(namespaceName=name, dbName="employees", manageAdminPassword=True)[
        "namespace"
    ]
    connection = {"WorkgroupName": name, "Database": "employees", "SecretArn": namespace["adminPasswordSecretArn"]}
    with refused("ValidationException", "ResourceNotFoundException"):
        data.execute_statement(Sql="SELECT 1", **connection)
    workgroup = serverless.create_workgroup(workgroupName=name, namespaceName=name)["workgroup"]
    assert workgroup["status"] == "CREATING"
    described = serverless.get_workgroup(workgroupName=name)["workgroup"]
    assert described["status"] == "CREATING"
    assert not described["endpoint"].get("address")
    with refused("ConflictException", status=400):
        serverless.delete_workgroup(workgroupName=name)
    with refused("ConflictException"):
        serverless.update_workgroup(workgroupName=name, baseCapacity=16)
    with refused("ConflictException"):
        serverless.delete_namespace(namespaceName=name)
    with refused("ValidationException", "ResourceNotFoundException"):
        data.execute_statement(Sql="SELECT 1", **connection)


# Redshift Serverless API, UpdateNamespace: MODIFYING, and no other change meanwhile.
def test_a_namespace_that_is_being_changed(endpoint):
    serverless = connect("redshift-serverless", endpoint)
    name = f"n{uuid.uuid4().hex[:12]}"
    serverless.create_namespace(namespaceName=name, manageAdminPassword=True)
    changed = serverless.update_namespace(namespaceName=name, logExports=["userlog"])["namespace"]
    assert changed["status"] == "MODIFYING"
    with refused("ConflictException", status=400):
        serverless.update_namespace(namespaceName=name, logExports=["connectionlog"])
    with refused("ConflictException"):
        serverless.delete_namespace(namespaceName=name)
