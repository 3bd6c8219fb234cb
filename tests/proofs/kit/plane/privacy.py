"""Whether any function wrote down what is private: a text of people, a file's name, a secret, a signed address."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from integration import names as n

if TYPE_CHECKING:
    from tests.proofs.kit.plane.stage import Stage

SIGNS = ("PRIVATE KEY-----", "X-Amz-Signature", "Bearer ", "eyJ", "[AWS]", "[ServiceNow]")
"""Of a key in PEM form (the words alone are no secret), a presigned address, a header, a JSON web token, an entry."""


def leaks(stage: Stage) -> list[str]:
    """What was found, never the text itself: the word and the function."""
    private = {"a text of people": stage.secret_word, **secrets(stage), **{sign: sign for sign in SIGNS}}
    found = []
    for function in stage.plane.functions:
        told = function.output.path.read_text(encoding="utf-8").lower() if function.output.path.exists() else ""
        found += [f"{what} ({function.name})" for what, word in private.items() if word.lower() in told]
    return found


def secrets(stage: Stage) -> dict[str, str]:
    """The client secret, and the webhook's token of each stage there is."""
    aws = stage.plane.boto3_client
    name = stage.names.parameter_prefix + n.PARAM_CLIENT_SECRET
    found = {"the client secret": aws("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]}
    client = aws("secretsmanager")
    stages = client.describe_secret(SecretId=stage.names.webhook_secret)["VersionIdsToStages"]
    for version, labels in stages.items():
        value = client.get_secret_value(SecretId=stage.names.webhook_secret, VersionId=version)["SecretString"]
        found[f"the webhook token {'/'.join(labels)}"] = json.loads(value)["token"]
    return found
