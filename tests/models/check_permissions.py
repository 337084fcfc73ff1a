#!/usr/bin/env python3
"""Holds recorded requests against the policy documents of docs/permissions/.

    tests/models/check_permissions.py [--scope PIPELINE/ENV/ACCOUNT/REGION] [--documents NAME...] -- RECORDING...

Every request needs IAM actions (needs.py); each must be allowed by a document. With --scope the documents are filled in for
that environment, and each action must be allowed on the very resource that the request names. Recordings are those of
validate_requests.py. Prints each operation that lacks something, with the action.
Exit status: 0 everything is allowed; 1 something is not, or nothing was read; 2 usage.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

import policies
from needs import needs, operation_of, possible_actions


def missing(records, statements, place=None):
    """What no statement allows, as (operation, action, resource), and how many requests of each operation were read.

    With a place each need is held against its resource; without, every action that the operation can need must be named
    in some statement, and `resource` is empty.
    """
    named = {action for statement in statements for action in statement.actions}
    lacks, counts = set(), Counter()
    for record in records:
        if place is None:
            label = operation_of(record)
            lacks |= {(label, action, "") for action in possible_actions(label) if action not in named}
        else:
            label, wanted = needs(record, place)
            lacks |= {(label, n.action, n.resource) for n in wanted if not policies.allowed(n, statements)}
        counts[label] += 1
    return sorted(lacks), counts


def scope(text):
    pipeline, environment, account, region = text.split("/")
    return policies.Place(pipeline, environment, account, region)


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recordings", nargs="+", metavar="RECORDING", type=Path)
    parser.add_argument("--scope", type=scope, metavar="PIPELINE/ENV/ACCOUNT/REGION")
    parser.add_argument("--documents", nargs="+", metavar="NAME", default=policies.names(), choices=policies.names())
    options = parser.parse_args(arguments)
    statements = [
        statement for name in options.documents for statement in policies.read(name, options.scope or policies.BLANK)
    ]
    for recording in options.recordings:
        if not recording.exists():
            print(f"{recording}: no such recording; PIPECTL_RECORD_REQUESTS=FILE makes pipectl write one")
            return 1
    lines = [line for recording in options.recordings for line in recording.read_text().splitlines()]
    lacks, counts = missing(map(json.loads, lines), statements, options.scope)
    for label, action, resource in lacks:
        where = f" on {resource}" if resource else ""
        print(f"{label} needs {action}{where}, which {', '.join(options.documents)} do not allow")
    if not counts:
        print("no request was read: nothing is proven")
        return 1
    print(f"{counts.total()} requests of {len(counts)} operations, {len(lacks)} permissions missing")
    return 1 if lacks else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
