"""QuickSight: restJson1 as boto3 speaks it, data sets that really ingest, dashboards and their versions, errors as typed.

QuickSight API = https://docs.aws.amazon.com/quicksight/latest/APIReference/.
"""

import pytest
from conftest import connect, eventually, refused

ACCOUNT = "000000000000"
ADMIN = f"arn:aws:quicksight:us-east-1:{ACCOUNT}:user/default/admin"

COLUMNS = [
    {"Name": "id", "Type": "INTEGER"},
    {"Name": "name", "Type": "STRING"},
    {"Name": "salary", "Type": "DECIMAL"},
    {"Name": "hired", "Type": "DATETIME"},
]


@pytest.fixture(scope="session")
def quicksight(endpoint):
    return connect("quicksight", endpoint)


@pytest.fixture(scope="session")
def warehouse(endpoint):
    """A serverless warehouse with a table of three people; its host and the ARN of its admin's secret."""
    serverless, data = connect("redshift-serverless", endpoint), connect("redshift-data", endpoint)
    namespace = serverless.create_namespace(namespaceName="qs-data", dbName="employees", manageAdminPassword=True)
    serverless.create_workgroup(workgroupName="qs-compute", namespaceName="qs-data")

    def available():
        workgroup = serverless.get_workgroup(workgroupName="qs-compute")["workgroup"]
        return workgroup if workgroup["status"] == "AVAILABLE" else None

    address = eventually(available, "the workgroup is AVAILABLE")["endpoint"]
    secret = namespace["namespace"]["adminPasswordSecretArn"]

    def run(*statements):
        where = {"WorkgroupName": "qs-compute", "Database": "employees", "SecretArn": secret}
        statement = data.batch_execute_statement(Sqls=list(statements), **where)["Id"]

        def ended():
            found = data.describe_statement(Id=statement)
            return found if found["Status"] in ("FINISHED", "FAILED") else None

        found = eventually(ended, "the statement has ended")
        assert found["Status"] == "FINISHED", found

    run(
        "create schema hr",
        "create table hr.people (id bigint, name varchar(40), salary numeric(12,2), hired date)",
        "insert into hr.people values (1, 'Ada', 10.5, '2020-02-29'), (2, 'Bo', 7, null), (3, 'Cy', 8, '2021-01-01')",
    )
    return {"host": address["address"], "port": address["port"], "secret": secret, "run": run}


@pytest.fixture(scope="session")
def source(quicksight, warehouse):
    """ARN of a data source that has connected."""
    created = quicksight.create_data_source(**source_of(warehouse, "people"))
    # QuickSight API, CreateDataSource: "Status: The HTTP status of the request."
    assert created["Status"] == created["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert created["RequestId"] and created["CreationStatus"] == "CREATION_IN_PROGRESS"
    settled = eventually(lambda: settled_source(quicksight, "people"), "the data source is settled")
    assert settled["Status"] == "CREATION_SUCCESSFUL", settled
    assert settled["SecretArn"] == warehouse["secret"]
    return created["Arn"]


def source_of(warehouse, name, **changes):
    redshift = {"Host": warehouse["host"], "Port": warehouse["port"], "Database": "employees"}
    return {
        "AwsAccountId": ACCOUNT,
        "DataSourceId": name,
        "Name": name,
        "Type": "REDSHIFT",
        "DataSourceParameters": {"RedshiftParameters": redshift},
        "Credentials": {"SecretArn": warehouse["secret"]},
        **changes,
    }


def settled_source(quicksight, name):
    source = quicksight.describe_data_source(AwsAccountId=ACCOUNT, DataSourceId=name)["DataSource"]
    return None if source["Status"].endswith("IN_PROGRESS") else source


def set_of(source, name, sql="select id, name, salary, hired from hr.people", columns=None, **changes):
    table = {"DataSourceArn": source, "Name": "people", "SqlQuery": sql, "Columns": columns or COLUMNS}
    return {
        "AwsAccountId": ACCOUNT,
        "DataSetId": name,
        "Name": name,
        "ImportMode": "SPICE",
        "PhysicalTableMap": {"people": {"CustomSql": table}},
        **changes,
    }


def ingested(quicksight, data_set, ingestion):
    """The ingestion once it has ended."""

    def ended():
        found = quicksight.describe_ingestion(AwsAccountId=ACCOUNT, DataSetId=data_set, IngestionId=ingestion)
        return found["Ingestion"] if found["Ingestion"]["IngestionStatus"] in ("COMPLETED", "FAILED") else None

    return eventually(ended, f"ingestion {ingestion} has ended")


def definition(data_set_arn, category="name", value="salary"):
    def column(name):
        return {"DataSetIdentifier": "people", "ColumnName": name}

    wells = {
        "Category": [{"CategoricalDimensionField": {"FieldId": "category", "Column": column(category)}}],
        "Values": [
            {
                "NumericalMeasureField": {
                    "FieldId": "value",
                    "Column": column(value),
                    "AggregationFunction": {"SimpleNumericalAggregation": "AVERAGE"},
                }
            }
        ],
    }
    chart = {"FieldWells": {"BarChartAggregatedFieldWells": wells}, "Orientation": "HORIZONTAL"}
    return {
        "DataSetIdentifierDeclarations": [{"Identifier": "people", "DataSetArn": data_set_arn}],
        "Sheets": [
            {
                "SheetId": "pay",
                "Name": "Pay",
                "Visuals": [{"BarChartVisual": {"VisualId": "bars", "ChartConfiguration": chart}}],
            }
        ],
    }


def described(quicksight, dashboard, **which):
    found = quicksight.describe_dashboard(AwsAccountId=ACCOUNT, DashboardId=dashboard, **which)["Dashboard"]
    return None if found["Version"]["Status"].endswith("IN_PROGRESS") else found


def test_a_data_set_is_ingested_and_refreshed(quicksight, source, name):
    created = quicksight.create_data_set(**set_of(source, name))
    assert created["Status"] == 201
    # QuickSight API, CreateDataSet: "IngestionArn: ... This is triggered as a result of dataset creation if the import
    # mode is SPICE."
    first = ingested(quicksight, name, created["IngestionId"])
    assert first["Arn"] == created["IngestionArn"]
    assert first["RowInfo"] == {"RowsIngested": 3, "RowsDropped": 0, "TotalRowsInDataset": 3}
    assert (first["RequestSource"], first["RequestType"]) == ("MANUAL", "INITIAL_INGESTION")
    started = quicksight.create_ingestion(AwsAccountId=ACCOUNT, DataSetId=name, IngestionId="again")
    assert started["IngestionStatus"] in ("INITIALIZED", "QUEUED", "RUNNING")
    assert ingested(quicksight, name, "again")["IngestionStatus"] == "COMPLETED"
    with refused("ResourceExistsException", status=409):
        quicksight.create_ingestion(AwsAccountId=ACCOUNT, DataSetId=name, IngestionId="again")
    found = quicksight.list_ingestions(AwsAccountId=ACCOUNT, DataSetId=name, MaxResults=1)
    assert [it["IngestionId"] for it in found["Ingestions"]] == ["again"]
    rest = quicksight.list_ingestions(AwsAccountId=ACCOUNT, DataSetId=name, NextToken=found["NextToken"])
    assert [it["IngestionId"] for it in rest["Ingestions"]] == [created["IngestionId"]]
    assert "NextToken" not in rest
    shown = quicksight.describe_data_set(AwsAccountId=ACCOUNT, DataSetId=name)["DataSet"]
    assert [(it["Name"], it["Type"]) for it in shown["OutputColumns"]] == [
        (it["Name"], it["Type"]) for it in COLUMNS
    ]
    assert shown["ConsumedSpiceCapacityInBytes"] == first["IngestionSizeInBytes"] > 0


@pytest.mark.parametrize(
    ("sql", "columns", "kind", "saying"),
    [
        ("select * from hr.nothing", None, "SQL_TABLE_NOT_FOUND", 'relation "hr.nothing" does not exist'),
        ("select id, name from hr.people", None, "SQL_SCHEMA_MISMATCH_ERROR", "no column salary"),
        ("select name from hr.people", [{"Name": "name", "Type": "INTEGER"}], "SQL_SCHEMA_MISMATCH_ERROR", "varchar"),
        ("select 1/(id-id) as id from hr.people", COLUMNS[:1], "SQL_EXCEPTION", "division by zero"),
    ],
)
def test_an_ingestion_fails_as_quicksight_types_it(quicksight, source, name, sql, columns, kind, saying):
    # QuickSight API, ErrorInfo: "Type: Error type" of IngestionErrorType (model).
    created = quicksight.create_data_set(**set_of(source, name, sql, columns))
    failed = ingested(quicksight, name, created["IngestionId"])
    assert failed["IngestionStatus"] == "FAILED"
    assert failed["ErrorInfo"]["Type"] == kind, failed
    assert saying in failed["ErrorInfo"]["Message"], failed


def test_deleting_a_data_source_breaks_its_data_sets(quicksight, warehouse, name):
    # QuickSight API, DeleteDataSource: "This operation breaks all the datasets that reference the deleted data source."
    source = quicksight.create_data_source(**source_of(warehouse, name))["Arn"]
    created = quicksight.create_data_set(**set_of(source, name))
    ingested(quicksight, name, created["IngestionId"])
    quicksight.delete_data_source(AwsAccountId=ACCOUNT, DataSourceId=name)
    with refused("ResourceNotFoundException", status=404) as caught:
        quicksight.describe_data_source(AwsAccountId=ACCOUNT, DataSourceId=name)
    assert caught.value.response["ResourceType"] == "DATA_SOURCE"
    quicksight.create_ingestion(AwsAccountId=ACCOUNT, DataSetId=name, IngestionId="broken")
    assert ingested(quicksight, name, "broken")["ErrorInfo"]["Type"] == "DATA_SOURCE_NOT_FOUND"


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"Host": "nowhere.example.com"}, "UNKNOWN_HOST"),
        ({"Port": 5432}, "TIMEOUT"),
        ({"Database": "nothing"}, "GENERIC_SQL_FAILURE"),
    ],
)
def test_a_data_source_that_cannot_connect_fails(quicksight, warehouse, name, changes, kind):
    wanted = source_of(warehouse, name)
    wanted["DataSourceParameters"]["RedshiftParameters"].update(changes)
    quicksight.create_data_source(**wanted)
    settled = eventually(lambda: settled_source(quicksight, name), "the data source is settled")
    assert (settled["Status"], settled["ErrorInfo"]["Type"]) == ("CREATION_FAILED", kind), settled


def test_a_wrong_password_fails(quicksight, warehouse, name):
    wrong = {"CredentialPair": {"Username": "admin", "Password": "wrong-Password-1"}}
    quicksight.create_data_source(**source_of(warehouse, name, Credentials=wrong))
    settled = eventually(lambda: settled_source(quicksight, name), "the data source is settled")
    assert settled["ErrorInfo"]["Type"] == "GENERIC_SQL_FAILURE", settled
    assert "password authentication failed" in settled["ErrorInfo"]["Message"]


def test_dashboards_have_versions_and_one_of_them_is_published(quicksight, source, name):
    data_set = quicksight.create_data_set(**set_of(source, name))["Arn"]
    board = {"AwsAccountId": ACCOUNT, "DashboardId": name}
    created = quicksight.create_dashboard(Name="Pay", Definition=definition(data_set), **board)
    assert created["CreationStatus"] == "CREATION_IN_PROGRESS"
    first = eventually(lambda: described(quicksight, name), "version 1 is settled")
    assert first["Version"]["Status"] == "CREATION_SUCCESSFUL", first
    assert first["Version"]["DataSetArns"] == [data_set]
    # QuickSight API, UpdateDashboard: "Updating a Dashboard creates a new dashboard version but does not immediately
    # publish the new version."
    changed = definition(data_set)
    changed["Sheets"][0]["Name"] = "Pay by name"
    updated = quicksight.update_dashboard(Name="Pay, renamed", Definition=changed, **board)
    assert updated["VersionArn"] == f"{created['Arn']}/version/2"
    eventually(lambda: described(quicksight, name, AliasName="$LATEST"), "version 2 is settled")
    assert described(quicksight, name)["Version"]["VersionNumber"] == 1
    quicksight.update_dashboard_published_version(VersionNumber=2, **board)
    shown = described(quicksight, name)
    assert (shown["Version"]["VersionNumber"], shown["Name"]) == (2, "Pay, renamed")
    assert quicksight.describe_dashboard_definition(**board)["Definition"] == changed
    versions = quicksight.list_dashboard_versions(**board)["DashboardVersionSummaryList"]
    assert [it["VersionNumber"] for it in versions] == [2, 1]
    with refused("ConflictException", "InvalidParameterValueException"):
        quicksight.delete_dashboard(VersionNumber=2, **board)
    quicksight.delete_dashboard(**board)
    with refused("ResourceNotFoundException", status=404):
        quicksight.describe_dashboard(**board)


@pytest.mark.parametrize(
    ("given", "kind", "saying"),
    [
        ({"value": "bonus"}, "COLUMN_REPLACEMENT_MISSING", "'bonus'"),
        ({"value": "name"}, "COLUMN_TYPE_MISMATCH", "'name'"),
        ({"data_set": "nothing"}, "DATA_SET_NOT_FOUND", "dataset/nothing"),
    ],
)
def test_a_definition_is_checked_against_its_data_sets(quicksight, source, name, given, kind, saying):
    # QuickSight API, DashboardError: types of DashboardErrorType (model).
    arn = quicksight.create_data_set(**set_of(source, name))["Arn"]
    arn = arn.replace(name, given.pop("data_set", name))
    quicksight.create_dashboard(AwsAccountId=ACCOUNT, DashboardId=name, Name=name, Definition=definition(arn, **given))
    failed = eventually(lambda: described(quicksight, name), "the version is settled")["Version"]
    assert failed["Status"] == "CREATION_FAILED"
    assert failed["Errors"][0]["Type"] == kind, failed
    assert saying in failed["Errors"][0]["Message"], failed


def test_permissions_name_users_that_exist(quicksight, source, name):
    quicksight.create_data_set(**set_of(source, name))
    where = {"AwsAccountId": ACCOUNT, "DataSetId": name}
    actions = ["quicksight:DescribeDataSet", "quicksight:PassDataSet"]
    quicksight.update_data_set_permissions(GrantPermissions=[{"Principal": ADMIN, "Actions": actions}], **where)
    quicksight.update_data_set_permissions(RevokePermissions=[{"Principal": ADMIN, "Actions": actions[1:]}], **where)
    shown = quicksight.describe_data_set_permissions(**where)["Permissions"]
    assert shown == [{"Principal": ADMIN, "Actions": actions[:1]}]
    for principal in (ADMIN.replace("admin", "nobody"), ADMIN.replace("user/default/admin", "namespace/default")):
        with refused("InvalidParameterValueException", status=400):
            quicksight.update_data_set_permissions(
                GrantPermissions=[{"Principal": principal, "Actions": actions}], **where
            )


def test_users_are_registered_and_deleted(quicksight, name):
    where = {"AwsAccountId": ACCOUNT, "Namespace": "default"}
    role = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    user = quicksight.register_user(
        IdentityType="IAM", Email="a@example.com", UserRole="READER", IamArn=role, SessionName="ana", **where
    )["User"]
    assert (user["UserName"], user["Active"]) == (f"{name}/ana", True)
    assert user["Arn"] in [it["Arn"] for it in quicksight.list_users(**where)["UserList"]]
    assert quicksight.describe_user(UserName=f"{name}/ana", **where)["User"]["Role"] == "READER"
    quicksight.delete_user(UserName=f"{name}/ana", **where)
    with refused("ResourceNotFoundException", status=404):
        quicksight.describe_user(UserName=f"{name}/ana", **where)


def test_the_account_is_subscribed(quicksight):
    info = quicksight.describe_account_subscription(AwsAccountId=ACCOUNT)["AccountInfo"]
    assert (info["Edition"], info["AccountSubscriptionStatus"]) == ("ENTERPRISE", "ACCOUNT_CREATED")
    with refused("AccessDeniedException", status=401):
        quicksight.describe_account_subscription(AwsAccountId="111122223333")


def test_schedules_are_five_a_data_set(quicksight, source, name):
    # QuickSight API, CreateRefreshSchedule: "You can create up to 5 different schedules for a single dataset."
    quicksight.create_data_set(**set_of(source, name))
    where = {"AwsAccountId": ACCOUNT, "DataSetId": name}

    def schedule(number, **frequency):
        daily = {"Interval": "DAILY", "TimeOfTheDay": "04:15", "Timezone": "Europe/Berlin", **frequency}
        return {"ScheduleId": f"s{number}", "RefreshType": "FULL_REFRESH", "ScheduleFrequency": daily}

    for number in range(5):
        quicksight.create_refresh_schedule(Schedule=schedule(number), **where)
    with refused("LimitExceededException", status=409):
        quicksight.create_refresh_schedule(Schedule=schedule(5), **where)
    with refused("InvalidParameterValueException", saying="incremental"):
        quicksight.update_refresh_schedule(Schedule=schedule(1, Interval="MINUTE15"), **where)
    quicksight.update_refresh_schedule(Schedule=schedule(1, TimeOfTheDay="05:00"), **where)
    shown = quicksight.describe_refresh_schedule(ScheduleId="s1", **where)["RefreshSchedule"]
    assert shown["ScheduleFrequency"]["TimeOfTheDay"] == "05:00"
    quicksight.delete_refresh_schedule(ScheduleId="s0", **where)
    assert len(quicksight.list_refresh_schedules(**where)["RefreshSchedules"]) == 4


def test_tags_are_seen_by_the_tagging_api(quicksight, tagging, source, name):
    tags = [{"Key": "owner", "Value": name}]
    arn = quicksight.create_data_set(**set_of(source, name, Tags=tags))["Arn"]
    assert quicksight.list_tags_for_resource(ResourceArn=arn)["Tags"] == tags
    found = tagging.get_resources(TagFilters=[{"Key": "owner", "Values": [name]}])["ResourceTagMappingList"]
    assert [it["ResourceARN"] for it in found] == [arn]
    quicksight.tag_resource(ResourceArn=arn, Tags=[{"Key": "a b", "Value": "c/d"}])
    quicksight.untag_resource(ResourceArn=arn, TagKeys=["owner", "nothing"])
    assert quicksight.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "a b", "Value": "c/d"}]


def test_broken_constraints_are_told_as_awss_front_door_does(quicksight, source, name):
    # The wording is that of boto3's issue 2601, where CreateDataSet answered it.
    wanted = set_of(source, name)
    wanted["PhysicalTableMap"] = {"table_map": wanted["PhysicalTableMap"]["people"]}
    pattern = "Member must satisfy regular expression pattern: [0-9a-zA-Z-]*]"
    with refused("ValidationException", status=400, saying=pattern) as caught:
        quicksight.create_data_set(**wanted)
    message = caught.value.response["Error"]["Message"]
    assert message.startswith("1 validation error detected: Value '{table_map=")
    assert "at 'physicalTableMap' failed to satisfy constraint: Map keys must satisfy constraint: [" in message
    with refused("ValidationException", saying="at 'importMode'"):
        quicksight.create_data_set(**set_of(source, name, ImportMode="SPICY"))


def test_lists_come_in_pages(quicksight, source, name):
    for number in range(3):
        quicksight.create_data_set(**set_of(source, f"{name}-{number}"))
    pages = quicksight.get_paginator("list_data_sets").paginate(
        AwsAccountId=ACCOUNT, PaginationConfig={"PageSize": 2}
    )
    found = [it["DataSetId"] for page in pages for it in page["DataSetSummaries"]]
    assert {f"{name}-{number}" for number in range(3)} <= set(found)
    assert found == sorted(found)
    with refused("InvalidNextTokenException", status=400):
        quicksight.list_data_sets(AwsAccountId=ACCOUNT, NextToken="%%%")


def test_what_is_not_here_is_told_by_name(quicksight):
    with refused("NotImplemented", saying="QuickSight's ListThemes"):
        quicksight.list_themes(AwsAccountId=ACCOUNT)
