import json

import pytest

import lint_template

GOOD = {"Resources": {"S": {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 1}}}}
BAD = {"Resources": {"S": {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": "many"}}}}
DANGLING = {"Resources": {"S": {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": {"Ref": "Nobody"}}}}}


@pytest.fixture
def pipectl(tmp_path):
    """A stand-in that exports what template.json of the project holds."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/pipeline.json").write_text('{"name": "p", "environments": {"dev": {"region": "eu-west-1"}}}')
    binary = tmp_path / "pipectl"
    binary.write_text('#!/bin/sh\ncat "$2/template.json"\n')
    binary.chmod(0o755)

    def lint(template):
        (tmp_path / "template.json").write_text(json.dumps(template))
        return lint_template.main(["--pipectl", str(binary), str(tmp_path)])

    return lint


def test_errors_fail(pipectl, capsys):
    assert pipectl(GOOD) == 0
    assert pipectl(BAD) == 1
    assert "E3012 Resources/S/Properties/ShardCount" in capsys.readouterr().out
    assert pipectl(DANGLING) == 1


def test_nothing_to_lint_fails(pipectl):
    assert pipectl({"Resources": {}}) == 1


def test_a_failed_export_fails(tmp_path, pipectl):
    pipectl(GOOD)
    (tmp_path / "template.json").unlink()
    assert lint_template.main(["--pipectl", str(tmp_path / "pipectl"), str(tmp_path)]) == 1
