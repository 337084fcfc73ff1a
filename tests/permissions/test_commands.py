"""Every command, on both projects and both warehouses, sends only what the policies of docs/permissions.md for it allow, on
the very resources that it names.

PIPECTL_BIN=target/debug/pipectl pytest tests/permissions
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from changes import change_project

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests/models"))

import check_permissions  # noqa: E402
import policies  # noqa: E402

PROJECTS = {
    "employees": (REPOSITORY, "examples/employees.csv"),
    "ibm-hr": (REPOSITORY / "examples/ibm-hr", "ibm_hr_attrition.csv"),
}

#: In this order: what is deployed is then fed, changed and taken down.
COMMANDS = ["plan", "deploy", "status", "ingest", "run", "query", "dashboard", "change", "teardown"]


def documents_of():
    """Command -> names of its policies, by the table in docs/permissions.md."""
    rows = re.findall(r"^\| (`.*?) \| (.*) \|$", (REPOSITORY / "docs/permissions.md").read_text(), re.M)
    table = {
        command: sorted(set(re.findall(r"\(permissions/([\w-]+\.json)\)", files)))
        for commands, files in rows
        for command in re.findall(r"`(\w+)`", commands)
    }
    assert table.pop("up") == [], "up is said to need all"
    assert {name for names in table.values() for name in names} == set(policies.names())
    return table


class Project:
    """A copy of an example on the embedded AWS."""

    def __init__(self, name, warehouse, folder):
        source, data = PROJECTS[name]
        for part in ("configs", "glue_scripts", "sql"):
            shutil.copytree(source / part, folder / part)
        self.name, self.folder, self.data = name, folder, source / data
        file = folder / "configs/pipeline.json"
        pipeline = json.loads(file.read_text())
        parameters = pipeline["environments"]["local"]["parameters"]
        parameters["Warehouse"] = warehouse
        if name == "employees":
            parameters["Subnets"] = "subnet-0000000a,subnet-0000000b,subnet-0000000c"
        file.write_text(json.dumps(pipeline))

    def run(self, command):
        """The requests that a command sends."""
        arguments = {
            "deploy": ["deploy", "--yes"],
            "change": ["deploy", "--yes"],
            "ingest": ["ingest", str(self.data)],
            "query": ["query", "SELECT 1"],
            "teardown": ["teardown", "--yes"],
        }.get(command, [command])
        if command == "change":
            change_project(self.folder)
        recording = self.folder / f"{command}.jsonl"
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PIPECTL_"))}
        ran = subprocess.run(
            [str(Path(os.environ["PIPECTL_BIN"]).resolve()), *arguments],
            cwd=self.folder,
            env=clean | {"PIPECTL_RECORD_REQUESTS": str(recording)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert ran.returncode in (0, 3), f"{command}: {ran.stdout}{ran.stderr}"
        return [json.loads(line) for line in recording.read_text().splitlines()]


@pytest.mark.parametrize("warehouse", ["serverless", "cluster"])
@pytest.mark.parametrize("name", PROJECTS)
def test_a_command_needs_no_more_than_its_policies(name, warehouse, tmp_path):
    project, table = Project(name, warehouse, tmp_path), documents_of()
    place = policies.Place(name, "local", "000000000000", "us-east-1")
    sent = set()
    for command in COMMANDS:
        records = project.run(command)
        names = table["deploy" if command == "change" else command]
        statements = [statement for document in names for statement in policies.read(document, place)]
        lacks, counts = check_permissions.missing(records, statements, place)
        assert not lacks, f"{command} needs what {', '.join(names)} do not allow"
        assert counts
        sent |= counts.keys()
    # The change did change things: what is tested is more than a first deploy.
    changed = {label for label in sent if re.search(r"\.(Update|Modify|Attach|Increase|Enable)", label)}
    assert len(changed) > 15, changed
