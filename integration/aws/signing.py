"""The key that signs us in: the private key in the key bucket, or an asymmetric key of KMS that nobody can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integration import names as n
from integration.aws.errors import raising_ours
from integration.aws.settings import private_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration.aws.settings import Settings

ALGORITHM = "RSASSA_PKCS1_V1_5_SHA_256"
"""KMS's name of RS256."""


class KmsSigner:
    """Signs with one key of KMS, which hashes the message itself: up to 4096 bytes, several times an assertion.

    `client`: a boto3 KMS client; `key`: the key's ARN. Raises `RemoteError`. Source: KMS API reference, Sign.
    """

    def __init__(self, client: Any, key: str) -> None:
        self._client, self._key = client, key

    def __call__(self, message: bytes) -> bytes:
        with raising_ours(f"sign with {self._key}"):
            answer = self._client.sign(KeyId=self._key, Message=message, MessageType="RAW", SigningAlgorithm=ALGORITHM)
        signature: bytes = answer["Signature"]
        return signature


def signing_key(settings: Settings, client: Callable[[str], Any], owner: str) -> bytes | KmsSigner:
    """For `JwtBearer`. `client` makes a boto3 client of a service; `owner` is this account. Raises `RemoteError`."""
    key = str(settings.values.get(n.SIGNING_KEY) or "")
    return KmsSigner(client("kms"), key) if key else private_key(client("s3"), settings, owner)
