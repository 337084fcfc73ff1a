"""CloudWatch: metrics, alarms and dashboards, in every protocol that boto3 has for them, and an alarm that fires.

CloudWatch API = https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/.
"""

import copy
import json
import os
import time
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.config import Config

from conftest import REGION, Server, active_stream, allow, connect, eventually, refused, trust

TOPIC = f"arn:aws:sns:{REGION}:000000000000:topic"


def speaking(protocol, endpoint):
    """A client whose model knows one protocol, as older and other SDKs do."""
    session = boto3.session.Session()
    loader = session._session.get_component("data_loader")
    load = loader.load_service_model

    def load_one(service, kind, *arguments, **more):
        model = load(service, kind, *arguments, **more)
        if (service, kind) != ("cloudwatch", "service-2"):
            return model
        model = copy.deepcopy(model)
        model["metadata"].update(protocol=protocol, protocols=[protocol])
        if protocol == "query":
            model["metadata"].pop("awsQueryCompatible", None)
        return model

    loader.load_service_model = load_one
    config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
    return session.client(
        "cloudwatch",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=config,
    )


@pytest.fixture(scope="module", params=["smithy-rpc-v2-cbor", "json", "query"])
def cloudwatch(request, endpoint):
    client = speaking(request.param, endpoint)
    assert client.meta.service_model.resolved_protocol == request.param
    return client


def alarm(name, **settings):
    usual = {
        "Namespace": name,
        "MetricName": "m",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 5,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    return {"AlarmName": name} | usual | settings


def described(cloudwatch, name):
    return cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]


# CloudWatch API, PutMetricData, GetMetricStatistics, GetMetricData, ListMetrics.
def test_values_come_back(cloudwatch, name):
    now = datetime.now(UTC)
    dimensions = [{"Name": "d", "Value": "ü"}]
    data = {"MetricName": "m", "Dimensions": dimensions, "Unit": "Count"}
    cloudwatch.put_metric_data(Namespace=name, MetricData=[data | {"Value": 1.5, "Timestamp": now}])
    cloudwatch.put_metric_data(Namespace=name, MetricData=[data | {"Values": [2, 4], "Counts": [3, 1]}])
    listed = cloudwatch.list_metrics(Namespace=name)["Metrics"]
    assert listed == [{"Namespace": name, "MetricName": "m", "Dimensions": dimensions}]
    window = {"StartTime": now - timedelta(minutes=5), "EndTime": now + timedelta(minutes=5)}
    found = cloudwatch.get_metric_statistics(
        Namespace=name,
        MetricName="m",
        Dimensions=dimensions,
        Period=600,
        Statistics=["Sum", "SampleCount", "Minimum", "Maximum"],
        **window,
    )
    (datapoint,) = found["Datapoints"]
    sums = {key: datapoint[key] for key in ("Sum", "SampleCount", "Minimum", "Maximum", "Unit")}
    assert sums == {"Sum": 11.5, "SampleCount": 5, "Minimum": 1.5, "Maximum": 4, "Unit": "Count"}
    metric = {"Namespace": name, "MetricName": "m", "Dimensions": dimensions}
    queries = [
        {"Id": "a", "MetricStat": {"Metric": metric, "Period": 600, "Stat": "p50"}, "ReturnData": False},
        {"Id": "b", "Expression": "a * 10", "Label": "ten times"},
    ]
    (result,) = cloudwatch.get_metric_data(MetricDataQueries=queries, **window)["MetricDataResults"]
    assert (result["Label"], result["Values"], result["StatusCode"]) == ("ten times", [20], "Complete")


# Model: InvalidParameterValue, MissingParameter, InvalidParameterCombination; 400 each.
@pytest.mark.parametrize(
    ("datum", "code"),
    [
        ({}, "MissingParameter"),
        ({"Value": float("nan")}, "InvalidParameterValue"),
        ({"Value": 1, "Values": [1]}, "InvalidParameterCombination"),
        ({"Value": 1, "Timestamp": datetime(2020, 1, 1, tzinfo=UTC)}, "InvalidParameterValue"),
        ({"Value": 1, "Unit": "Furlongs"}, "ValidationError"),
    ],
)
def test_what_is_no_datum_is_refused(cloudwatch, name, datum, code):
    with refused(code, status=400):
        cloudwatch.put_metric_data(Namespace=name, MetricData=[{"MetricName": "m"} | datum])


# CloudWatch API, PutMetricData: the body may be gzipped, which botocore does from 10,240 bytes on.
def test_many_data_at_once(cloudwatch, name):
    data = [{"MetricName": f"metric-with-a-long-name-{n:04}", "Value": n, "Unit": "Count"} for n in range(600)]
    cloudwatch.put_metric_data(Namespace=name, MetricData=data)
    pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace=name)
    assert sum(len(page["Metrics"]) for page in pages) == 600


# CloudWatch API, PutMetricAlarm: INSUFFICIENT_DATA at first; an update keeps state and tags.
def test_an_alarm(cloudwatch, name):
    cloudwatch.put_metric_alarm(**alarm(name, Tags=[{"Key": "k", "Value": "v"}], AlarmDescription="ä", OKActions=[]))
    found = described(cloudwatch, name)
    assert found["StateValue"] == "INSUFFICIENT_DATA"
    assert found["AlarmArn"].endswith(f":alarm:{name}")
    assert (found["Threshold"], found["ActionsEnabled"], found["AlarmDescription"]) == (5, True, "ä")
    assert abs((datetime.now(UTC) - found["StateUpdatedTimestamp"]).total_seconds()) < 300
    cloudwatch.put_metric_alarm(**alarm(name, Threshold=6.5, Tags=[{"Key": "k", "Value": "w"}]))
    assert cloudwatch.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"] == [{"Key": "k", "Value": "v"}]
    assert described(cloudwatch, name)["Threshold"] == 6.5
    cloudwatch.disable_alarm_actions(AlarmNames=[name])
    assert described(cloudwatch, name)["ActionsEnabled"] is False
    for_metric = cloudwatch.describe_alarms_for_metric(Namespace=name, MetricName="m")["MetricAlarms"]
    assert [each["AlarmName"] for each in for_metric] == [name]
    cloudwatch.delete_alarms(AlarmNames=[name])
    assert cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"] == []


# CloudWatch user guide, alarm evaluation: the state follows the data, and reason and history say why.
def test_an_alarm_fires_and_tells(cloudwatch, name):
    cloudwatch.put_metric_alarm(**alarm(name, TreatMissingData="notBreaching", AlarmActions=[TOPIC]))
    assert described(cloudwatch, name)["StateValue"] == "OK"
    cloudwatch.put_metric_data(Namespace=name, MetricData=[{"MetricName": "m", "Value": 7}])
    found = described(cloudwatch, name)
    assert found["StateValue"] == "ALARM"
    assert found["StateReason"].startswith("Threshold Crossed: 1 out of the last 1 datapoints [7.0 (")
    assert json.loads(found["StateReasonData"])["threshold"] == 5
    history = cloudwatch.describe_alarm_history(AlarmName=name, ScanBy="TimestampAscending")["AlarmHistoryItems"]
    assert [item["HistoryItemType"] for item in history] == [
        "ConfigurationUpdate",
        "StateUpdate",
        "StateUpdate",
        "Action",
    ]
    assert history[2]["HistorySummary"] == "Alarm updated from OK to ALARM"
    assert TOPIC in history[3]["HistorySummary"]


# Model: SetAlarmState: ResourceNotFound 404, InvalidFormat 400.
def test_a_state_that_is_set(cloudwatch, name):
    with refused("ResourceNotFound", status=404):
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="test")
    cloudwatch.put_metric_alarm(**alarm(name))
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
    assert (described(cloudwatch, name)["StateValue"], described(cloudwatch, name)["StateReason"]) == ("ALARM", "test")
    with refused("InvalidFormat", status=400):
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="test", StateReasonData="{")


# CloudWatch API, PutMetricAlarm: Period, EvaluationPeriods, Metrics.
@pytest.mark.parametrize(
    "settings",
    [
        {"Period": 90},
        {"Period": 1800, "EvaluationPeriods": 49},
        {"DatapointsToAlarm": 2},
        {"ExtendedStatistic": "p90"},
        {"TreatMissingData": "never"},
        {"ComparisonOperator": "Equals"},
        {"Metrics": [{"Id": "a", "Expression": "1"}]},
        {"AlarmActions": ["topic"]},
    ],
)
def test_alarms_that_cannot_be(cloudwatch, name, settings):
    with refused("ValidationError", status=400):
        cloudwatch.put_metric_alarm(**alarm(name, **settings))


# CloudWatch API, PutDashboard, GetDashboard, ListDashboards, DeleteDashboards.
def test_a_dashboard(cloudwatch, name):
    body = '{ "widgets": [{"type": "text", "width": 6, "height": 2, "properties": {"markdown": "ü"}}] }'
    answer = cloudwatch.put_dashboard(DashboardName=name, DashboardBody=body, Tags=[{"Key": "k", "Value": "v"}])
    assert answer.get("DashboardValidationMessages", []) == []
    found = cloudwatch.get_dashboard(DashboardName=name)
    assert found["DashboardBody"] == body
    assert found["DashboardArn"] == f"arn:aws:cloudwatch::000000000000:dashboard/{name}"
    assert cloudwatch.list_tags_for_resource(ResourceARN=found["DashboardArn"])["Tags"] == [{"Key": "k", "Value": "v"}]
    (entry,) = cloudwatch.list_dashboards(DashboardNamePrefix=name)["DashboardEntries"]
    assert entry["Size"] == len(body.encode())
    cloudwatch.delete_dashboards(DashboardNames=[name])
    with refused("ResourceNotFound", status=404):
        cloudwatch.get_dashboard(DashboardName=name)


# CloudWatch API, "Dashboard Body Structure and Syntax"; model: DashboardInvalidInputError.
def test_a_body_that_cannot_be_a_dashboard(cloudwatch, name):
    with refused("InvalidParameterInput", status=400, saying="valid JSON object"):
        cloudwatch.put_dashboard(DashboardName=name, DashboardBody="{")
    widget = {"type": "metric", "properties": {"metrics": [["N", "M", {"d": "v"}, "x"]], "region": REGION}}
    with refused("InvalidParameterInput", status=400, saying="/widgets/0/properties/metrics/0/2") as caught:
        cloudwatch.put_dashboard(DashboardName=name, DashboardBody=json.dumps({"widgets": [widget]}))
    messages = caught.value.response.get("dashboardValidationMessages")
    if messages is not None:
        assert messages[0]["DataPath"] == "/widgets/0/properties/metrics/0/2"
    noted = {"widgets": [{"type": "text", "colour": "red", "properties": {"markdown": "x"}}]}
    answer = cloudwatch.put_dashboard(DashboardName=name, DashboardBody=json.dumps(noted))
    assert answer["DashboardValidationMessages"][0]["DataPath"] == "/widgets/0/colour"


# Resource Groups Tagging API, GetResources: alarms and dashboards are among them.
def test_tags_show_in_the_tagging_api(endpoint, tagging, name):
    cloudwatch = connect("cloudwatch", endpoint)
    tags = [{"Key": name, "Value": "v"}]
    cloudwatch.put_metric_alarm(**alarm(name, Tags=tags))
    cloudwatch.put_dashboard(DashboardName=name, DashboardBody='{"widgets": []}', Tags=tags)
    found = tagging.get_resources(TagFilters=[{"Key": name}])["ResourceTagMappingList"]
    kinds = sorted(each["ResourceARN"].split(":", 2)[2].split(":")[0] for each in found)
    assert kinds == ["cloudwatch", "cloudwatch"]


# Kinesis developer guide, monitoring; Firehose developer guide, monitoring: what goes through is counted.
def test_services_count_their_work(endpoint, kinesis, name):
    cloudwatch = connect("cloudwatch", endpoint)
    active_stream(kinesis, name)
    kinesis.put_records(StreamName=name, Records=[{"Data": b"12345", "PartitionKey": "k"}] * 40)
    shard = kinesis.list_shards(StreamName=name)["Shards"][0]["ShardId"]
    iterator = kinesis.get_shard_iterator(StreamName=name, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    kinesis.get_records(ShardIterator=iterator["ShardIterator"])
    now = datetime.now(UTC)
    sums = {}
    for metric in ("IncomingRecords", "IncomingBytes", "GetRecords.Records", "WriteProvisionedThroughputExceeded"):
        found = cloudwatch.get_metric_statistics(
            Namespace="AWS/Kinesis",
            MetricName=metric,
            Dimensions=[{"Name": "StreamName", "Value": name}],
            StartTime=now - timedelta(minutes=10),
            EndTime=now + timedelta(minutes=10),
            Period=1200,
            Statistics=["Sum"],
        )["Datapoints"]
        sums[metric] = found[0]["Sum"]
    assert sums == {
        "IncomingRecords": 40,
        "IncomingBytes": 40 * 6,
        "GetRecords.Records": 40,
        "WriteProvisionedThroughputExceeded": 0,
    }


# Glue developer guide, "Monitoring with AWS Glue Observability metrics": glue.error.ALL, JobRunId ALL.
def test_an_alarm_fires_when_a_job_fails(endpoint, s3, bucket, iam, name):
    cloudwatch, glue = connect("cloudwatch", endpoint), connect("glue", endpoint)
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("glue.amazonaws.com"))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="s3", PolicyDocument=allow("s3:*"))
    glue.create_job(
        Name=name,
        Role=role,
        GlueVersion="5.0",
        WorkerType="G.1X",
        NumberOfWorkers=2,
        Command={"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": f"s3://{bucket}/missing.py"},
        DefaultArguments={"--enable-observability-metrics": "true"},
    )
    dimensions = {"JobName": name, "JobRunId": "ALL", "Type": "count", "ObservabilityGroup": "error"}
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Glue",
        MetricName="glue.error.ALL",
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )
    assert described(cloudwatch, name)["StateValue"] == "OK"
    run = glue.start_job_run(JobName=name)["JobRunId"]

    def ended():
        state = glue.get_job_run(JobName=name, RunId=run)["JobRun"]["JobRunState"]
        return state if state in ("FAILED", "SUCCEEDED", "ERROR", "TIMEOUT") else None

    assert eventually(ended, "the run has ended") == "FAILED"
    eventually(lambda: described(cloudwatch, name)["StateValue"] == "ALARM", "the alarm fires", patience=5)


# Kinesis developer guide, monitoring: WriteProvisionedThroughputExceeded counts the records that are refused.
@pytest.mark.skipif("PIPECTL_FIDELITY_ENDPOINT" in os.environ, reason="another server has no switch for its limits")
def test_an_alarm_fires_when_writes_are_throttled(tmp_path, name):
    server = Server(tmp_path / "throttled", "--limits", "aws")
    endpoint = server.start()
    try:
        kinesis, cloudwatch = connect("kinesis", endpoint), connect("cloudwatch", endpoint)
        active_stream(kinesis, name)
        settings = alarm(name, Namespace="AWS/Kinesis", MetricName="WriteProvisionedThroughputExceeded", Threshold=100)
        dimensions = [{"Name": "StreamName", "Value": name}]
        cloudwatch.put_metric_alarm(**settings, Dimensions=dimensions, TreatMissingData="notBreaching")
        assert described(cloudwatch, name)["StateValue"] == "OK"
        batch = [{"Data": b"x", "PartitionKey": "k"}] * 500
        refused_records = sum(
            kinesis.put_records(StreamName=name, Records=batch)["FailedRecordCount"] for _ in range(6)
        )
        assert refused_records > 100
        found = described(cloudwatch, name)
        assert found["StateValue"] == "ALARM"
        assert f"[{float(refused_records)} (" in found["StateReason"] or time.gmtime().tm_sec < 5
    finally:
        server.stop()
