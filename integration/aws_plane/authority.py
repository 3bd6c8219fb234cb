"""What a call needs: its IAM actions and the resources they touch, and what AWS does with KMS in the caller's name.

Sources: Service Authorization Reference of each service; DynamoDB, SQS, SSM, S3 and Secrets Manager guides on
encryption with customer keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from integration.aws_plane import s3_rights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from integration.aws_plane.calls import Call


@dataclass(frozen=True)
class Place:
    """Account and region in which names become ARNs; `known` maps what only the plane knows (secret name → ARN)."""

    account: str
    region: str
    known: Mapping[str, str] = field(default_factory=dict)

    def arn(self, service: str, rest: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{rest}"


@dataclass(frozen=True)
class Need:
    """`implicit`: made by AWS in the caller's name, not by the caller's own request."""

    action: str
    resource: str
    context: Mapping[str, str | list[str]] = field(default_factory=dict)
    implicit: bool = False


def needs(call: Call, place: Place) -> list[Need]:
    """Empty for what everyone may do (GetCallerIdentity). A service without an entry asks for `*`."""
    if (call.service, call.operation) in _FREE:
        return []
    if call.service == "s3":
        return [Need(action, resource, context) for action, resource, context in s3_rights.asked(call)]
    special = _SPECIAL.get((call.service, call.operation))
    if special:
        return special(call, place)
    action = _ACTION.get((call.service, call.operation), f"{_PREFIX.get(call.service, call.service)}:{call.operation}")
    resources = _RESOURCES.get(call.service, _anything)(call, place)
    return [Need(action, resource, _context(call)) for resource in resources]


def _anything(_call: Call, _place: Place) -> list[str]:
    return ["*"]


def _context(call: Call) -> dict[str, str | list[str]]:
    if call.service == "dynamodb":
        keys = call.parameters.get("Key", call.parameters.get("Item", {}))
        return {"dynamodb:LeadingKeys": [v["S"] for k, v in keys.items() if k == "PK" and "S" in v]} if keys else {}
    return {}


def table_arn(name: str, place: Place) -> str:
    return name if name.startswith("arn:") else place.arn("dynamodb", f"table/{name}")


def _table(call: Call, place: Place) -> list[str]:
    p = call.parameters
    if "RequestItems" in p:
        return [table_arn(name, place) for name in p["RequestItems"]]
    if "TableName" not in p:
        return ["*"]
    index = f"/index/{p['IndexName']}" if "IndexName" in p else ""
    return [table_arn(p["TableName"], place) + index]


def _transaction(call: Call, place: Place) -> list[Need]:
    """DynamoDB asks for the single actions of a transaction; `TransactWriteItems` itself is none."""
    found = []
    for item in call.parameters.get("TransactItems", []):
        for kind, request in item.items():
            action = _IN_TRANSACTION.get(kind, kind)
            found.append(Need(f"dynamodb:{action}", table_arn(request["TableName"], place)))
    return list({(n.action, n.resource): n for n in found}.values())


_IN_TRANSACTION = {
    "Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "Get": "GetItem",
    "ConditionCheck": "ConditionCheckItem",
}  # fmt: skip


def queue_arn(url_or_name: str, place: Place) -> str:
    return place.arn("sqs", url_or_name.rpartition("/")[2])


def _queue(call: Call, place: Place) -> list[str]:
    p = call.parameters
    if "QueueUrl" in p or "QueueName" in p:
        return [queue_arn(p.get("QueueUrl") or p["QueueName"], place)]
    return [p["SourceArn"]] if "SourceArn" in p else ["*"]


def bus_arn(name: str | None, place: Place) -> str:
    return name if name and name.startswith("arn:") else place.arn("events", f"event-bus/{name or 'default'}")


def _put_events(call: Call, place: Place) -> list[Need]:
    buses = {bus_arn(e.get("EventBusName"), place) for e in call.parameters.get("Entries", [])}
    return [Need("events:PutEvents", bus) for bus in sorted(buses)]


def _parameter(call: Call, place: Place) -> list[str]:
    p = call.parameters
    names = p.get("Names") or [p.get("Name") or p.get("Path") or ""]
    return [n if n.startswith("arn:") else place.arn("ssm", f"parameter/{n.lstrip('/')}") for n in names]


def _secret(call: Call, place: Place) -> list[str]:
    secret = call.parameters.get("SecretId") or call.parameters.get("Name") or "*"
    return [secret if secret.startswith("arn:") else place.known.get(f"secret:{secret}", secret)]


def key_arn(key: str, place: Place) -> str:
    if key.startswith("alias/"):
        return place.known.get(key, place.arn("kms", key))
    return key if key.startswith("arn:") else place.arn("kms", f"key/{key}")


def _key(call: Call, place: Place) -> list[str]:
    return [key_arn(call.parameters["KeyId"], place)] if "KeyId" in call.parameters else ["*"]


def _case(call: Call, place: Place) -> list[str]:
    """CreateCase is on `case/*`, lists on `*` (Service Authorization Reference of security-ir)."""
    p = call.parameters
    if "caseId" in p:
        return [place.arn("security-ir", f"case/{p['caseId']}")]
    if "membershipId" in p:
        return [place.arn("security-ir", f"membership/{p['membershipId']}")]
    return [p["resourceArn"]] if "resourceArn" in p else ["*"]


def _create_case(call: Call, place: Place) -> list[Need]:
    """A case created with tags needs TagResource as well."""
    found = [Need("security-ir:CreateCase", place.arn("security-ir", "case/*"))]
    if call.parameters.get("tags"):
        found.append(Need("security-ir:TagResource", place.arn("security-ir", "case/*")))
    return found


def _log(call: Call, place: Place) -> list[str]:
    group = call.parameters.get("logGroupName")
    stream = call.parameters.get("logStreamName")
    return [place.arn("logs", f"log-group:{group}:" + (f"log-stream:{stream}" if stream else "*"))] if group else ["*"]


def _function(call: Call, place: Place) -> list[str]:
    name = call.parameters.get("FunctionName")
    return ["*"] if not name else [name if name.startswith("arn:") else place.arn("lambda", f"function:{name}")]


def _role(call: Call, _place: Place) -> list[str]:
    return [call.parameters.get("RoleArn", "*")]


def _topic(call: Call, _place: Place) -> list[str]:
    return [call.parameters.get("TopicArn", "*")]


def _pipeline(call: Call, place: Place) -> list[str]:
    """PutApprovalResult is on the action, what looks at a pipeline on the pipeline."""
    p = call.parameters
    parts = [p[key] for key in ("name", "pipelineName", "stageName", "actionName") if key in p]
    return [place.arn("codepipeline", "/".join(parts) or "*")]


def _api_key(call: Call, place: Place) -> list[str]:
    """API Gateway's rights are HTTP methods on its own paths (Service Authorization Reference)."""
    key = call.parameters.get("api_Key")
    return [f"arn:aws:apigateway:{place.region}::/apikeys/{key}" if key else "*"]


_FREE = frozenset({("sts", "GetCallerIdentity")})
_PREFIX = {"monitoring": "cloudwatch"}
_ACTION = {
    ("apigateway", "GetApiKey"): "apigateway:GET",
    ("lambda", "Invoke"): "lambda:InvokeFunction",
    ("sqs", "SendMessageBatch"): "sqs:SendMessage",
    ("sqs", "DeleteMessageBatch"): "sqs:DeleteMessage",
    ("sqs", "ChangeMessageVisibilityBatch"): "sqs:ChangeMessageVisibility",
}
_SPECIAL: Mapping[tuple[str, str], Callable[[Call, Place], list[Need]]] = {
    ("dynamodb", "TransactWriteItems"): _transaction,
    ("dynamodb", "TransactGetItems"): _transaction,
    ("events", "PutEvents"): _put_events,
    ("security-ir", "CreateCase"): _create_case,
}
_RESOURCES: Mapping[str, Callable[[Call, Place], list[str]]] = {
    "apigateway": _api_key,
    "codepipeline": _pipeline,
    "dynamodb": _table,
    "sqs": _queue,
    "ssm": _parameter,
    "secretsmanager": _secret,
    "kms": _key,
    "sts": _role,
    "security-ir": _case,
    "logs": _log,
    "lambda": _function,
    "sns": _topic,
}

# What AWS asks of a customer key in the caller's name. DynamoDB checks all of these for any use of such a table.
_ALL_OF_A_TABLE = (
    "Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
    "DescribeKey",
)  # fmt: skip
_READ, _WRITE, _BOTH = ("Decrypt",), ("GenerateDataKey",), ("Decrypt", "GenerateDataKey")
_BEHIND: Mapping[str, Mapping[str, Iterable[str]]] = {
    "sqs": {"SendMessage": _BOTH, "SendMessageBatch": _BOTH, "ReceiveMessage": _READ},
    "ssm": {"GetParameter": _READ, "GetParameters": _READ, "GetParametersByPath": _READ, "PutParameter": ("Encrypt",)},
    "secretsmanager": {
        "GetSecretValue": _READ, "PutSecretValue": _BOTH, "UpdateSecret": _BOTH, "CreateSecret": _BOTH,
    },
    "s3": {
        "GetObject": _READ, "PutObject": _BOTH, "CopyObject": _BOTH, "CreateMultipartUpload": _BOTH,
        "UploadPart": _BOTH, "CompleteMultipartUpload": _BOTH,
    },
    "events": {"PutEvents": _BOTH},
}  # fmt: skip


def behind(call: Call, touched: Iterable[str], key_of: Callable[[str], str | None], place: Place) -> list[Need]:
    """KMS needs behind a call: `key_of(resource ARN)` is the customer key that encrypts it, or None."""
    if call.service == "dynamodb":
        actions: Iterable[str] = _ALL_OF_A_TABLE
    else:
        actions = _BEHIND.get(call.service, {}).get(call.operation, ())
    if call.service == "ssm" and call.operation.startswith("Get") and not call.parameters.get("WithDecryption"):
        return []
    keys = {key for resource in touched if (key := key_of(resource))}
    via = f"{call.service}.{place.region}.amazonaws.com"
    return [
        Need(f"kms:{action}", key, {"kms:ViaService": via}, implicit=True) for key in sorted(keys) for action in actions
    ]
