"""Reads the policy documents of docs/permissions/ and answers what they allow.

Only what those documents use is understood, and the rest refused: Effect Allow, actions without wildcards, Condition
StringEquals. Wildcards of resources are IAM's: `*` any characters, slashes and colons among them, `?` one
(<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>).
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs/permissions"

#: A managed policy's limit, without white space (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
LARGEST = 6144


@dataclass(frozen=True)
class Place:
    """The environment that a policy is for: what its placeholders stand for."""

    pipeline: str
    environment: str
    account: str
    region: str
    partition: str = "aws"

    @property
    def stack(self):
        return f"{self.pipeline}-{self.environment}"

    def fill(self, text):
        values = {
            "PIPELINE": self.pipeline,
            "ENV": self.environment,
            "ACCOUNT": self.account,
            "REGION": self.region,
            "DATABASE": self.stack.replace("-", "_"),
        }
        return re.sub("|".join(values), lambda match: values[match[0]], text)


#: Placeholders as they are.
BLANK = Place("PIPELINE", "ENV", "ACCOUNT", "REGION")


@dataclass(frozen=True)
class Statement:
    document: str
    sid: str
    actions: tuple
    resources: tuple
    condition: tuple

    def allows(self, need):
        return (
            need.action in self.actions
            and any(_pattern(resource).fullmatch(need.resource) for resource in self.resources)
            and all(need.context.get(key) in values for key, values in self.condition)
        )


def read(name, place=BLANK):
    """The statements of docs/permissions/<name>, for an environment."""
    document = json.loads((FOLDER / name).read_text())
    return [_statement(name, statement, place) for statement in document["Statement"]]


def names():
    return sorted(path.name for path in FOLDER.glob("*.json"))


def allowed(need, statements):
    return any(statement.allows(need) for statement in statements)


def _statement(name, statement, place):
    where = f"{name}, {statement.get('Sid')}"
    unknown = statement.keys() - {"Sid", "Effect", "Action", "Resource", "Condition"}
    if unknown or statement["Effect"] != "Allow":
        raise ValueError(f"{where}: only Allow statements of actions on resources are understood, not {unknown}")
    condition = dict(statement.get("Condition", {}))
    equals = condition.pop("StringEquals", {})
    if condition:
        raise ValueError(f"{where}: only the condition StringEquals is understood, not {set(condition)}")
    actions = _list(statement["Action"])
    if wild := [action for action in actions if "*" in action]:
        raise ValueError(f"{where}: {wild} is no single action")
    return Statement(
        name,
        statement["Sid"],
        tuple(actions),
        tuple(place.fill(resource) for resource in _list(statement["Resource"])),
        tuple((key, tuple(_list(value))) for key, value in equals.items()),
    )


def _list(value):
    return value if isinstance(value, list) else [value]


@cache
def _pattern(resource):
    return re.compile(re.escape(resource).replace(r"\*", ".*").replace(r"\?", "."), re.S)
