#!/usr/bin/env python3
"""Holds the CloudFormation template that pipectl exports against cfn-lint.

    tests/lint_template.py [--pipectl BIN] PROJECT...

Exports each project for each of its environments and lints what differs. Any error (E) fails; warnings are printed.
Exit status: 0 no error; 1 errors, or a template that cannot be exported; 2 usage.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("projects", nargs="+", metavar="PROJECT", type=Path)
    parser.add_argument("--pipectl", metavar="BIN", default=os.environ.get("PIPECTL_BIN", "pipectl"))
    options = parser.parse_args(arguments)
    clean = [lint_project(options.pipectl, project) for project in options.projects]
    return 0 if all(clean) else 1


def lint_project(binary, project):
    """True if no environment's template has an error."""
    pipeline = json.loads((project / "configs/pipeline.json").read_text())
    environments = {"local": {}, **pipeline.get("environments", {})}
    clean, done = True, {}
    for name, settings in environments.items():
        command = [binary, "--project", str(project), "--env", name, "export", "--format", "cloudformation"]
        exported = subprocess.run(command, capture_output=True, text=True)
        if exported.returncode != 0:
            print(f"{project}, {name}: the export failed ({exported.returncode}): {exported.stderr.strip()}")
            clean = False
            continue
        what = (exported.stdout, settings.get("region", "us-east-1"))
        if what in done:
            print(f"{project}, {name}: as {done[what]}")
            continue
        done[what] = name
        clean &= lint(*what, f"{project}, {name}")
    return clean


def lint(template, region, label):
    """Prints what cfn-lint finds; True if none of it is an error."""
    resources = json.loads(template).get("Resources", {})
    if not resources:
        print(f"{label}: the template has no resources: nothing is proven")
        return False
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(template)
        file.flush()
        program = Path(sys.executable).with_name("cfn-lint")
        command = [program, "--format", "json", "--regions", region, "--template", file.name]
        linted = subprocess.run(command, capture_output=True, text=True)
    try:
        found = json.loads(linted.stdout)
    except ValueError:
        print(f"{label}: cfn-lint failed: {linted.stdout}{linted.stderr}")
        return False
    errors = [one for one in found if one["Level"] == "Error"]
    print(f"{label}: {len(resources)} resources, {len(errors)} errors, {len(found) - len(errors)} warnings")
    for one in found:
        path = "/".join(map(str, one["Location"].get("Path") or []))
        print(f"  {one['Rule']['Id']} {path}: {one['Message']}")
    return not errors


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
