"""Writes what no template may hold: the client secret to SSM, the private key to the key bucket; only if changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from integration import names as n
from integration.aws.errors import SYSTEM, error_for
from integration.clients.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.names import Names
    from integration.operations.deployment.account import Account

ABSENT = {"ParameterNotFound", "NoSuchKey", "404", "NoSuchBucket"}


class Secrets:
    """`data_key` and `key_bucket`: outputs of the state stack. Raises `RemoteError`."""

    def __init__(self, account: Account, names: Names, data_key: str, key_bucket: str) -> None:
        self._ssm, self._s3 = account.client("ssm"), account.client("s3")
        self._prefix, self._owner = names.parameter_prefix, account.account_id
        self._data_key, self._key_bucket = data_key, key_bucket

    def differing(self, client_secret: str, pem: bytes | None) -> tuple[str, ...]:
        """What `store` would write, by name. `pem` None: a KMS key signs, and there is no private key to store."""
        different = {
            "client secret": self._secret()[0] != client_secret,
            "private key": pem is not None and self._key()[0] != pem,
        }
        return tuple(name for name, differs in different.items() if differs)

    def store(self, client_secret: str, pem: bytes | None) -> str:
        """The revision afterwards."""
        if self._secret()[0] != client_secret:
            self._put_secret(client_secret)
        if pem is not None and self._key()[0] != pem:
            self._put_key(pem)
        return self.revision()

    def revision(self) -> str:
        """Version of the parameter and of the object: changes with the secrets and is not made from them."""
        return f"{self._secret()[1]}:{self._key()[1]}"

    def _secret(self) -> tuple[str | None, str]:
        name = self._prefix + n.PARAM_CLIENT_SECRET
        found = _called(self._ssm, "get_parameter", Name=name, WithDecryption=True)
        return (found["Parameter"]["Value"], str(found["Parameter"]["Version"])) if found else (None, "0")

    def _put_secret(self, client_secret: str) -> None:
        _called(
            self._ssm, "put_parameter", Name=self._prefix + n.PARAM_CLIENT_SECRET, Value=client_secret,
            Type="SecureString", KeyId=self._data_key, Overwrite=True,
            Description="OAuth client secret of the ServiceNow registration",
        )  # fmt: skip

    def _key(self) -> tuple[bytes | None, str]:
        found = _called(self._s3, "get_object", **self._object)
        return (found["Body"].read(), str(found.get("VersionId") or found.get("ETag"))) if found else (None, "0")

    def _put_key(self, pem: bytes) -> None:
        put = _called(
            self._s3, "put_object", **self._object, Body=pem, ServerSideEncryption="aws:kms",
            SSEKMSKeyId=self._data_key, ContentType="application/x-pem-file",
        )  # fmt: skip
        if put is None:
            raise Misconfigured(SYSTEM, f"the key bucket {self._key_bucket} is not there")

    @property
    def _object(self) -> dict[str, str]:
        return {"Bucket": self._key_bucket, "Key": n.KEY_OBJECT, "ExpectedBucketOwner": self._owner}


def former_settings(account: Account, names: Names) -> Mapping[str, Any]:
    """The parameter `settings` as it is deployed; empty before the first deployment. Raises `RemoteError`."""
    found = _called(account.client("ssm"), "get_parameter", Name=names.parameter_prefix + n.PARAM_SETTINGS)
    try:
        values = json.loads(found["Parameter"]["Value"]) if found else {}
    except ValueError:
        return {}  # a deployment mends it
    return values if isinstance(values, dict) else {}


def remember_instance(account: Account, names: Names, instance: str) -> None:
    """Before `instance` takes another one's place: the set-up function cleans those recorded here and no others.

    In no template, since a deployment that is rolled back has to clean the new one. Raises `RemoteError`.
    """
    ssm, name = account.client("ssm"), names.parameter_prefix + n.PARAM_FORMER
    present = _called(ssm, "get_parameter", Name=names.parameter_prefix + n.PARAM_INSTANCE)
    if present is None or present["Parameter"]["Value"] == instance:
        return
    known = _called(ssm, "get_parameter", Name=name)
    all_of_them = [*(known["Parameter"]["Value"].split(",") if known else ()), present["Parameter"]["Value"], instance]
    value = ",".join(dict.fromkeys(all_of_them))
    _called(ssm, "put_parameter", Name=name, Value=value, Type="StringList", Overwrite=True)


def _called(client: Any, operation: str, **asked: Any) -> dict[str, Any] | None:
    """None: there is no such parameter or object."""
    try:
        answer: dict[str, Any] = getattr(client, operation)(**asked)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ABSENT:
            return None
        raise error_for(error, operation) from None
    except BotoCoreError as error:
        raise error_for(error, operation) from None
    return answer
