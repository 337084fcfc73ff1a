"""Glue's jobs and triggers: definitions, runs with their states and logs, what a run reads and writes.

"API" = the Glue web API reference; "model" = botocore glue 2017-03-31.
"""

import gzip
import io
import json

import pyarrow.parquet
import pytest

from conftest import allow, eventually, refused, trust

ENDED = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR"}

CONTRACT = {
    "record": "people",
    "key": ["id"],
    "partition_key": "id",
    "columns": [
        {"name": "id", "type": "bigint", "nullable": False, "min": 1},
        {"name": "name", "type": "string", "max_bytes": 20},
    ],
}

#: What every transformation makes besides its tables.
VIEWS = """
CREATE OR REPLACE TEMPORARY VIEW quarantine AS
SELECT reason, raw_record, ingested_at, ingest_row, source_object FROM raw WHERE reason IS NOT NULL;
CREATE OR REPLACE TEMPORARY VIEW duplicates AS
SELECT id, ingested_at, ingest_row, source_object FROM raw WHERE 1 = 0;
"""

GOOD = f"{VIEWS} CREATE OR REPLACE TEMPORARY VIEW curated_people AS SELECT id, name FROM raw WHERE reason IS NULL;"
WRONG = f"{VIEWS} CREATE OR REPLACE TEMPORARY VIEW curated_people AS SELECT id, nmae FROM raw;"
#: Busy until it is stopped: so many rows that nobody waits for their number.
BUSY = f"""{VIEWS}
CREATE OR REPLACE TEMPORARY VIEW curated_people AS
SELECT a.id, a.name FROM raw a CROSS JOIN raw b CROSS JOIN raw c CROSS JOIN raw d CROSS JOIN raw e
WHERE (a.id + b.id + c.id + d.id + e.id) % 2 = 0;
"""


@pytest.fixture
def role(iam, name):
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("glue.amazonaws.com"))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="s3", PolicyDocument=allow("s3:*", "logs:*"))
    return arn


def put_lines(s3, bucket, lines, key="raw/people/dt=2026-01-02/a.gz"):
    s3.put_object(Bucket=bucket, Key=key, Body=gzip.compress("".join(f"{line}\n" for line in lines).encode()))


@pytest.fixture
def job(glue, s3, role, bucket, name):
    """Makes a job of the name over objects of the bucket; returns the name."""

    def make(transform=GOOD, **settings):
        s3.put_object(Bucket=bucket, Key="code/job.py", Body=b"raise SystemExit\n")
        s3.put_object(Bucket=bucket, Key="code/transform.sql", Body=transform.encode())
        s3.put_object(Bucket=bucket, Key="code/contract.json", Body=json.dumps(CONTRACT).encode())
        put_lines(s3, bucket, (json.dumps({"id": n, "name": f"n{n}"}) for n in range(1, 401)))
        arguments = {
            "--transform": f"s3://{bucket}/code/transform.sql",
            "--contract": f"s3://{bucket}/code/contract.json",
            "--raw": f"s3://{bucket}/",
            "--curated": f"s3://{bucket}/curated/",
            "--quarantine": f"s3://{bucket}/quarantine/",
            "--reports": f"s3://{bucket}/reports/",
        }
        glue.create_job(**{**definition(role, bucket), "Name": name, "DefaultArguments": arguments, **settings})
        return name

    return make


def definition(role, bucket):
    return {
        "Role": role,
        "GlueVersion": "5.0",
        "WorkerType": "G.1X",
        "NumberOfWorkers": 2,
        "Command": {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": f"s3://{bucket}/code/job.py"},
    }


def start(glue, name, **settings):
    return glue.start_job_run(JobName=name, **settings)["JobRunId"]


def run_of(glue, name, identifier):
    return glue.get_job_run(JobName=name, RunId=identifier)["JobRun"]


def until(glue, name, identifier, *states):
    def reached():
        run = run_of(glue, name, identifier)
        assert run["JobRunState"] in states or run["JobRunState"] not in ENDED, run
        return run if run["JobRunState"] in states else None

    return eventually(reached, f"the run is {' or '.join(states)}")


def read_log(logs, group, identifier):
    found = logs.get_log_events(logGroupName=group, logStreamName=identifier, startFromHead=True)["events"]
    return "\n".join(event["message"] for event in found)


def tables(s3, bucket, prefix):
    """The rows of all Parquet files below the prefix, read by pyarrow."""
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    bodies = [s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read() for item in listed]
    return [row for body in bodies for row in pyarrow.parquet.read_table(io.BytesIO(body)).to_pylist()]


# API, Job: what was given comes back; with defaults.
def test_jobs(glue, job, role, bucket, name):
    job(Description="d", Timeout=5, MaxRetries=1, ExecutionProperty={"MaxConcurrentRuns": 3}, Tags={"a": "1"})
    found = glue.get_job(JobName=name)["Job"]
    assert (found["Name"], found["Role"], found["Description"]) == (name, role, "d")
    assert found["Command"] == definition(role, bucket)["Command"]
    assert (found["GlueVersion"], found["WorkerType"], found["NumberOfWorkers"]) == ("5.0", "G.1X", 2)
    assert (found["Timeout"], found["MaxRetries"], found["ExecutionProperty"]) == (5, 1, {"MaxConcurrentRuns": 3})
    assert found["CreatedOn"] <= found["LastModifiedOn"]
    # "The previous job definition is completely overwritten by this information."
    glue.update_job(JobName=name, JobUpdate=definition(role, bucket))
    found = glue.get_job(JobName=name)["Job"]
    assert "Description" not in found
    assert found.get("MaxRetries", 0) == 0
    # Timeout: "480 minutes for Glue version 5.0 and later".
    assert found["Timeout"] == 480
    names = [item for page in glue.get_paginator("get_jobs").paginate() for item in page["Jobs"]]
    assert name in [item["Name"] for item in names]
    assert glue.list_jobs(Tags={"a": "1"})["JobNames"].count(name) == 1
    batch = glue.batch_get_jobs(JobNames=[name, f"{name}-none"])
    assert [item["Name"] for item in batch["Jobs"]] == [name]
    assert batch["JobsNotFound"] == [f"{name}-none"]
    glue.delete_job(JobName=name)
    with refused("EntityNotFoundException", status=400):
        glue.get_job(JobName=name)
    # DeleteJob: "If the job definition is not found, no exception is thrown."
    assert glue.delete_job(JobName=name)["JobName"] == name


# The same name again: the same definition is answered alike, another is a mismatch (API, CreateJob, errors).
def test_a_name_is_taken_once(glue, role, bucket, name):
    assert glue.create_job(Name=name, **definition(role, bucket))["Name"] == name
    with refused("IdempotentParameterMismatchException", "AlreadyExistsException", status=400):
        glue.create_job(Name=name, **{**definition(role, bucket), "NumberOfWorkers": 3})


# API, CreateJob: "Jobs must have timeout values less than 7 days or 10080 minutes", "Do not set MaxCapacity if using
# WorkerType and NumberOfWorkers", "For Glue version 2.0+ jobs, you cannot specify a Maximum capacity".
@pytest.mark.parametrize(
    "settings",
    [
        {"Timeout": 10_081},
        {"Timeout": 0},
        {"MaxCapacity": 2.0},
        {"WorkerType": "G.3X"},
        {"GlueVersion": "9.9"},
        {"NumberOfWorkers": 0},
        {"Command": {"Name": "other", "ScriptLocation": "s3://b/k"}},
        {"ExecutionClass": "FAST"},
        {"Role": "arn:aws:iam::000000000000:role/nobody"},
    ],
)
def test_jobs_that_cannot_be(glue, role, bucket, name, settings):
    with refused("InvalidInputException", "ValidationException", status=400):
        glue.create_job(**{**definition(role, bucket), "Name": name, **settings})


# Glue says so for hours of users' logs: "Role ... should be given assume role permissions for Glue Service."
def test_a_role_that_does_not_trust_glue(glue, iam, bucket, name):
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("firehose.amazonaws.com"))["Role"]["Arn"]
    with refused("InvalidInputException", saying="should be given assume role permissions for Glue Service"):
        glue.create_job(Name=name, **definition(role, bucket))


# A run reads objects of S3 and writes Parquet there; its log is in /aws-glue/jobs (developer guide, "Monitoring with
# Amazon CloudWatch").
def test_a_run(glue, logs, s3, bucket, job):
    name = job()
    put_lines(
        s3,
        bucket,
        ['{"id": 1, "name": " Ada "}', '{"id": 0}', "no json", '{"id": 2, "name": null}'],
        key="raw/people/dt=2026-01-03/a.gz",
    )
    identifier = start(glue, name, Arguments={"--more": "1"})
    assert identifier.startswith("jr_")
    run = until(glue, name, identifier, "SUCCEEDED")
    assert (run["Id"], run["JobName"], run["Attempt"]) == (identifier, name, 0)
    assert run["Arguments"] == {"--more": "1"}
    assert run["StartedOn"] <= run["CompletedOn"]
    assert run["ExecutionTime"] >= 0
    assert (run["WorkerType"], run["NumberOfWorkers"], run["GlueVersion"]) == ("G.1X", 2, "5.0")
    assert "ErrorMessage" not in run
    assert len(tables(s3, bucket, "curated/people/dt=2026-01-02/")) == 400
    assert tables(s3, bucket, "curated/people/dt=2026-01-03/") == [{"id": 1, "name": "Ada"}, {"id": 2, "name": None}]
    refusals = tables(s3, bucket, "quarantine/people/dt=2026-01-03/")
    assert sorted(row["reason"] for row in refusals) == ["id: less than 1", "record: not a JSON object"]
    report = json.loads(s3.get_object(Bucket=bucket, Key="reports/dt=2026-01-03.json")["Body"].read())
    assert (report["rows_in"], report["rows_out"], report["rows_quarantined"]) == (4, 2, 2)
    assert read_log(logs, "/aws-glue/jobs/output", identifier)


# JobRun: FAILED with an ErrorMessage; the log has it too: from Glue 5.0 on stderr is with stdout ("Logging for AWS Glue
# jobs").
def test_a_run_that_fails(glue, logs, s3, bucket, job):
    name = job(WRONG)
    identifier = start(glue, name)
    run = until(glue, name, identifier, "FAILED")
    assert "nmae" in run["ErrorMessage"]
    assert "nmae" in read_log(logs, "/aws-glue/jobs/output", identifier)
    assert "CompletedOn" in run
    assert tables(s3, bucket, "curated/") == []


# MaxRetries: the run again, as <id>_attempt_1 with the failed one as PreviousRunId.
def test_retries(glue, job):
    name = job(WRONG, MaxRetries=1)
    identifier = start(glue, name)
    until(glue, name, identifier, "FAILED")
    runs = eventually(
        lambda: len(found := glue.get_job_runs(JobName=name)["JobRuns"]) == 2 and found, "the run is tried again"
    )
    # "with the newest jobs returned first"
    assert [run["Id"] for run in runs] == [f"{identifier}_attempt_1", identifier]
    assert (runs[0]["Attempt"], runs[0]["PreviousRunId"]) == (1, identifier)
    until(glue, name, runs[0]["Id"], "FAILED")


# MaxConcurrentRuns (default 1), ConcurrentRunsExceededException, JobRunQueuingEnabled; BatchStopJobRun.
def test_concurrent_runs_and_stopping_them(glue, job):
    name = job(BUSY)
    first = start(glue, name)
    with refused("ConcurrentRunsExceededException", status=400):
        start(glue, name)
    queued = start(glue, name, JobRunQueuingEnabled=True)
    assert run_of(glue, name, queued)["JobRunState"] == "WAITING"
    until(glue, name, first, "RUNNING")
    stopped = glue.batch_stop_job_run(JobName=name, JobRunIds=[queued, first, "jr_none"])
    assert sorted(item["JobRunId"] for item in stopped["SuccessfulSubmissions"]) == sorted([queued, first])
    (error,) = stopped["Errors"]
    assert (error["JobName"], error["JobRunId"]) == (name, "jr_none")
    assert error["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    for identifier in (first, queued):
        until(glue, name, identifier, "STOPPED")
    again = glue.batch_stop_job_run(JobName=name, JobRunIds=[first])
    assert again["SuccessfulSubmissions"] == []
    assert again["Errors"][0]["JobRunId"] == first


def test_runs_that_cannot_be(glue, job, name):
    with refused("EntityNotFoundException", status=400):
        start(glue, f"{name}-none")
    job()
    for settings in ({"WorkerType": "G.3X"}, {"Timeout": 10_081}, {"MaxCapacity": 2.0, "WorkerType": "G.1X"}):
        with refused("InvalidInputException", "ValidationException"):
            start(glue, name, **settings)
    with refused("EntityNotFoundException"):
        run_of(glue, name, "jr_none")
    with refused("EntityNotFoundException"):
        glue.get_job_runs(JobName=f"{name}-none")
    with refused("InvalidInputException", "ValidationException"):
        glue.batch_stop_job_run(JobName=name, JobRunIds=[])


def test_runs_in_pages(glue, job):
    name = job()
    identifiers = []
    for _ in range(3):
        identifiers.append(start(glue, name))
        until(glue, name, identifiers[-1], "SUCCEEDED")
    pages = glue.get_paginator("get_job_runs").paginate(JobName=name, PaginationConfig={"PageSize": 2})
    assert [run["Id"] for page in pages for run in page["JobRuns"]] == identifiers[::-1]


# API, CreateTrigger, Trigger: CREATED; ON_DEMAND ones run at StartTrigger, and the run names its trigger.
def test_a_trigger_on_demand(glue, job, name):
    job()
    glue.create_trigger(Name=name, Type="ON_DEMAND", Actions=[{"JobName": name, "Arguments": {"--more": "1"}}])
    found = glue.get_trigger(Name=name)["Trigger"]
    assert (found["Type"], found["State"]) == ("ON_DEMAND", "CREATED")
    glue.start_trigger(Name=name)
    runs = eventually(lambda: glue.get_job_runs(JobName=name)["JobRuns"], "the trigger starts a run")
    assert runs[0]["TriggerName"] == name
    assert runs[0]["Arguments"] == {"--more": "1"}
    until(glue, name, runs[0]["Id"], "SUCCEEDED")


# Developer guide, "Time-based schedules": cron(Minutes Hours Day-of-month Month Day-of-week Year), day or weekday is "?".
def test_a_trigger_on_a_schedule(glue, job, name):
    job()
    actions = [{"JobName": name}]
    glue.create_trigger(Name=name, Type="SCHEDULED", Schedule="cron(15 2 * * ? *)", Actions=actions)
    assert glue.get_trigger(Name=name)["Trigger"]["State"] == "CREATED"
    glue.start_trigger(Name=name)
    eventually(lambda: glue.get_trigger(Name=name)["Trigger"]["State"] == "ACTIVATED", "the trigger is activated")
    glue.stop_trigger(Name=name)
    eventually(lambda: glue.get_trigger(Name=name)["Trigger"]["State"] == "DEACTIVATED", "the trigger is deactivated")
    update = {"Schedule": "cron(0 3 * * ? *)", "Actions": actions}
    assert glue.update_trigger(Name=name, TriggerUpdate=update)["Trigger"]["Schedule"] == "cron(0 3 * * ? *)"
    listed = [item["Name"] for page in glue.get_paginator("get_triggers").paginate() for item in page["Triggers"]]
    assert name in listed
    glue.delete_trigger(Name=name)
    eventually(lambda: gone(glue, name), "the trigger is gone")


def gone(glue, name):
    try:
        glue.get_trigger(Name=name)
    except glue.exceptions.EntityNotFoundException:
        return True
    return False


# API, Predicate: a job after another.
def test_a_trigger_on_a_condition(glue, role, bucket, job, name):
    job()
    after = f"{name}-after"
    glue.create_job(Name=after, **definition(role, bucket))
    glue.create_trigger(
        Name=name,
        Type="CONDITIONAL",
        StartOnCreation=True,
        Predicate={"Conditions": [{"LogicalOperator": "EQUALS", "JobName": name, "State": "SUCCEEDED"}]},
        Actions=[{"JobName": after}],
    )
    # "started by a trigger" or not: only runs that a trigger began count (developer guide, "AWS Glue triggers").
    glue.create_trigger(Name=f"{name}-begin", Type="ON_DEMAND", Actions=[{"JobName": name}])
    glue.start_trigger(Name=f"{name}-begin")
    runs = eventually(lambda: glue.get_job_runs(JobName=after)["JobRuns"], "the second job starts")
    assert runs[0]["TriggerName"] == name
    first = glue.get_job_runs(JobName=name)["JobRuns"][0]["Id"]
    run = glue.get_job_run(JobName=after, RunId=runs[0]["Id"], PredecessorsIncluded=True)["JobRun"]
    assert run["PredecessorRuns"] == [{"JobName": name, "RunId": first}]


@pytest.mark.parametrize(
    "settings",
    [
        {"Type": "SCHEDULED"},
        {"Type": "SCHEDULED", "Schedule": "cron(15 2 * * *)"},
        {"Type": "SCHEDULED", "Schedule": "cron(61 2 * * ? *)"},
        {"Type": "SCHEDULED", "Schedule": "every day"},
        {"Type": "CONDITIONAL"},
        {"Type": "NEVER"},
        {"Type": "ON_DEMAND", "Actions": []},
    ],
)
def test_triggers_that_cannot_be(glue, job, name, settings):
    job()
    with refused("InvalidInputException", "ValidationException", status=400):
        glue.create_trigger(**{"Name": name, "Actions": [{"JobName": name}], **settings})


def test_triggers_need_their_job(glue, name):
    with refused("EntityNotFoundException", "InvalidInputException"):
        glue.create_trigger(Name=name, Type="ON_DEMAND", Actions=[{"JobName": f"{name}-none"}])
    for call in (glue.get_trigger, glue.start_trigger, glue.stop_trigger):
        with refused("EntityNotFoundException"):
            call(Name=name)


# API, TagResource: jobs and triggers have ARNs of their own.
def test_tags(glue, tagging, sts, job, name):
    job(Tags={"a": name})
    account = sts.get_caller_identity()["Account"]
    glue.create_trigger(Name=name, Type="ON_DEMAND", Actions=[{"JobName": name}], Tags={"a": name})
    arns = [f"arn:aws:glue:us-east-1:{account}:{kind}/{name}" for kind in ("job", "trigger")]
    found = tagging.get_resources(TagFilters=[{"Key": "a", "Values": [name]}])["ResourceTagMappingList"]
    assert sorted(item["ResourceARN"] for item in found) == arns
    glue.tag_resource(ResourceArn=arns[0], TagsToAdd={"b": "2"})
    glue.untag_resource(ResourceArn=arns[0], TagsToRemove=["a"])
    assert glue.get_tags(ResourceArn=arns[0])["Tags"] == {"b": "2"}
