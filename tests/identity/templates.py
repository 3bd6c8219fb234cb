"""What templates name, as the golden files keep it: ids CloudFormation and people go by."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    Template = dict[str, Any]

NAMED_BY = (
    "FunctionName", "TableName", "QueueName", "TopicName", "RoleName", "LogGroupName", "AlarmName", "DashboardName",
    "AliasName", "PolicyName", "BucketName", "StageName", "PathPart", "HttpMethod", "Name",
)  # fmt: skip
"""Properties that hold a physical name, or what a person would call the resource by; the first that is there counts."""


def resources(paths: Sequence[Path]) -> dict[str, Any]:
    """By stack and logical id: type and name."""
    return {_stack_name(path): _ids(json.loads(path.read_text())) for path in paths}


def surface(paths: Sequence[Path]) -> dict[str, Any]:
    """By stack: parameters, and outputs with their exports."""
    found = {}
    for path in paths:
        template = json.loads(path.read_text())
        outputs = {
            name: output.get("Export", {}).get("Name", "") for name, output in template.get("Outputs", {}).items()
        }
        found[_stack_name(path)] = {"parameters": template.get("Parameters", {}), "outputs": outputs}
    return found


def words(templates: Sequence[Template]) -> dict[str, Any]:
    """Events, metrics, variables, keys, titles: what others and the functions go by."""
    functions = of_type(templates, "Lambda::Function")
    return {
        "variables": {p["FunctionName"]: sorted(p["Environment"]["Variables"]) for p in functions},
        "patterns": {p["Name"]: p["EventPattern"] for p in of_type(templates, "Events::Rule")},
        "metrics": {p["AlarmName"]: sorted(_metrics(p)) for p in of_type(templates, "CloudWatch::Alarm")},
        "table": [_keys(p) for p in of_type(templates, "DynamoDB::Table")],
        "webhook": [p["Schema"] for p in of_type(templates, "ApiGateway::Model")],
        "custom": [sorted(p) for p in of_type(templates, "ServiceNowResources")],
        "widgets": [_widgets(p["DashboardBody"]) for p in of_type(templates, "CloudWatch::Dashboard")],
        "tags": sorted({_text(tag) for p in of_type(templates, "SQS::Queue") for tag in p["Tags"]}),
    }


def of_type(templates: Sequence[Template], kind: str) -> list[dict[str, Any]]:
    """Their properties."""
    return [
        resource["Properties"]
        for template in templates
        for resource in template["Resources"].values()
        if resource["Type"].endswith(f"::{kind}")
    ]


def _stack_name(path: Path) -> str:
    return path.name.removesuffix(".template.json")


def _ids(template: Template) -> dict[str, str]:
    return {logical: _described(resource) for logical, resource in template["Resources"].items()}


def _described(resource: dict[str, Any]) -> str:
    properties = resource.get("Properties", {})
    name = next((properties[key] for key in NAMED_BY if key in properties), "")
    return f"{resource['Type']} {_text(name)}".strip()


def _metrics(alarm: dict[str, Any]) -> Iterator[str]:
    """`namespace/name{dimension=value}` of each metric an alarm reads."""
    stats = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each]
    for metric in stats or [alarm]:
        dimensions = ",".join(f"{each['Name']}={_text(each['Value'])}" for each in metric.get("Dimensions", []))
        yield f"{metric['Namespace']}/{metric['MetricName']}{{{dimensions}}}"


def _keys(table: dict[str, Any]) -> dict[str, Any]:
    schema = {"own": table["KeySchema"]}
    schema |= {index["IndexName"]: index["KeySchema"] for index in table.get("GlobalSecondaryIndexes", [])}
    kinds = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
    names = {name: [each["AttributeName"] for each in keys] for name, keys in schema.items()}
    return {"keys": names, "kinds": kinds, "removed": table["TimeToLiveSpecification"]["AttributeName"]}


def _widgets(body: Any) -> list[str]:
    joined = body if isinstance(body, str) else "".join(p if isinstance(p, str) else "x" for p in body["Fn::Join"][1])
    return [widget["properties"].get("title", "") for widget in json.loads(joined)["widgets"]]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def whole(paths: Sequence[Path]) -> dict[str, Any]:
    """All of it, of the stacks that an integration adds."""
    templates = [json.loads(path.read_text()) for path in paths]
    handlers = {p["FunctionName"]: p["Handler"] for p in of_type(templates, "Lambda::Function")}
    return {
        "resources": resources(paths), "surface": surface(paths), "words": words(templates), "handlers": handlers,
    }  # fmt: skip
