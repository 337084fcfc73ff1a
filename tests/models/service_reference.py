"""AWS's Service Authorization Reference, as cfn-lint carries it: which actions IAM knows, and on what they can be allowed.

Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
"""

import importlib.util
import json
from functools import cache
from pathlib import Path

#: Actions that AWS's documents name and its reference does not list, with the document.
UNLISTED = {
    "quicksight:DescribeDashboardDefinition": (
        ["dashboard"],
        "https://aws.amazon.com/blogs/machine-learning/build-ai-powered-dashboard-automation-agents-with-nlp-on-amazon-bedrock-agentcore",
    )
}


@cache
def _reference():
    # Found and read, not imported: importing cfn-lint takes longer than everything here.
    [folder] = importlib.util.find_spec("cfnlint").submodule_search_locations
    return json.loads((Path(folder) / "data/AdditionalSpecs/Policies.json").read_text())


def resource_types(action):
    """Names of the resource types that an action (`s3:GetObject`) can be allowed on; none: on `*` only. Raises KeyError
    where there is no such action."""
    if action in UNLISTED:
        return UNLISTED[action][0]
    service, name = action.split(":")
    return _reference()[service]["Actions"][name.lower()].get("Resources", [])


def arn_prefixes(action, place):
    """How the ARNs of these resource types start, up to the part that names the resource."""
    service = action.split(":")[0]
    formats = [
        arn for kind in resource_types(action) for arn in _reference()[service]["Resources"][kind.lower()]["ARNFormats"]
    ]
    known = {"${Partition}": place.partition, "${Region}": place.region, "${Account}": place.account}
    for variable, value in known.items():
        formats = [arn.replace(variable, value) for arn in formats]
    return [arn.split(".*")[0] for arn in formats]
