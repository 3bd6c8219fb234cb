"""What templates name: ids CloudFormation and people go by, of the plain deployment and of one with every option."""

import json

import pytest

from tests.identity.golden import check

NAMED_BY = (
    "FunctionName", "TableName", "QueueName", "TopicName", "RoleName", "LogGroupName", "AlarmName", "DashboardName",
    "AliasName", "PolicyName", "BucketName", "StageName", "PathPart", "HttpMethod", "Name",
)  # fmt: skip
"""Properties that hold a physical name, or what a person would call the resource by; the first that is there counts."""
VARIANTS = ("plain", "blue")


@pytest.fixture(params=VARIANTS)
def variant(request):
    return request.param, request.getfixturevalue(request.param)


def test_every_resource_keeps_its_id_type_name_and_stack(variant):
    """A resource whose id changes is made anew beside the old one, which a physical name forbids."""
    kind, stacks = variant
    found = {_stack_name(path): _ids(json.loads(path.read_text())) for path in stacks.paths}
    check(f"resources-{kind}", found)


def test_parameters_and_outputs_keep_their_names_and_exports(variant):
    """Stacks import each other's exports, commands read outputs, operators give parameters."""
    kind, stacks = variant
    found = {}
    for path in stacks.paths:
        template = json.loads(path.read_text())
        outputs = {
            name: output.get("Export", {}).get("Name", "") for name, output in template.get("Outputs", {}).items()
        }
        found[_stack_name(path)] = {"parameters": template.get("Parameters", {}), "outputs": outputs}
    check(f"surface-{kind}", found)


def test_events_metrics_and_variables_keep_their_names(variant):
    """Dashboards and rules of others go by events and metrics; a function reads its variables."""
    kind, stacks = variant
    functions = _all(stacks, "Lambda::Function")
    check(
        f"words-{kind}",
        {
            "variables": {p["FunctionName"]: sorted(p["Environment"]["Variables"]) for p in functions},
            "patterns": {p["Name"]: p["EventPattern"] for p in _all(stacks, "Events::Rule")},
            "metrics": {p["AlarmName"]: sorted(_metrics(p)) for p in _all(stacks, "CloudWatch::Alarm")},
            "table": [_keys(p) for p in _all(stacks, "DynamoDB::Table")],
            "webhook": [p["Schema"] for p in _all(stacks, "ApiGateway::Model")],
            "custom": [sorted(p) for p in _all(stacks, "ServiceNowResources")],
            "widgets": [_widgets(p["DashboardBody"]) for p in _all(stacks, "CloudWatch::Dashboard")],
            "tags": sorted({_text(tag) for p in _all(stacks, "SQS::Queue") for tag in p["Tags"]}),
        },
    )


def test_what_runs_may_be_found_elsewhere_with_the_code(plain):
    """The one part of identity that may change with the code: both are deployed together."""
    check("handlers", {p["FunctionName"]: p["Handler"] for p in _all(plain, "Lambda::Function")})


def _stack_name(path):
    return path.name.removesuffix(".template.json")


def _ids(template):
    return {logical: _described(resource) for logical, resource in template["Resources"].items()}


def _described(resource):
    properties = resource.get("Properties", {})
    name = next((properties[key] for key in NAMED_BY if key in properties), "")
    return f"{resource['Type']} {_text(name)}".strip()


def _all(stacks, kind):
    return [
        resource["Properties"]
        for template in stacks.templates
        for resource in template["Resources"].values()
        if resource["Type"].endswith(f"::{kind}")
    ]


def _metrics(alarm):
    """`namespace/name{dimension=value}` of each metric an alarm reads."""
    stats = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each]
    for metric in stats or [alarm]:
        dimensions = ",".join(f"{each['Name']}={_text(each['Value'])}" for each in metric.get("Dimensions", []))
        yield f"{metric['Namespace']}/{metric['MetricName']}{{{dimensions}}}"


def _keys(table):
    schema = {"own": table["KeySchema"]}
    schema |= {index["IndexName"]: index["KeySchema"] for index in table.get("GlobalSecondaryIndexes", [])}
    kinds = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
    names = {name: [each["AttributeName"] for each in keys] for name, keys in schema.items()}
    return {"keys": names, "kinds": kinds, "removed": table["TimeToLiveSpecification"]["AttributeName"]}


def _widgets(body):
    joined = body if isinstance(body, str) else "".join(p if isinstance(p, str) else "x" for p in body["Fn::Join"][1])
    return [widget["properties"].get("title", "") for widget in json.loads(joined)["widgets"]]


def _text(value):
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
