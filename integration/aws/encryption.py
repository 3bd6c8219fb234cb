"""Envelope encryption: AES-GCM under a data key of KMS, each text bound to the row it is stored in.

A data key is asked for once per container and kept ten minutes, as the AWS Encryption SDK's caching does, so that a
warm function encrypts without a call. KMS is told what it is for; the row is bound where the text is encrypted.
"""

from __future__ import annotations

import base64
import json
import os
import time
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from integration.aws.errors import AwsError, raising_ours

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KEPT_S = 600.0
_NONCE_BYTES = 12
USE = {"use": "kept request"}
"""What KMS is told of a data key, and asks for again; CloudTrail shows it."""


class Envelope:
    """`client`: a boto3 KMS client; `key`: the key's ARN. `row`: where the text rests. Raises `RemoteError`."""

    def __init__(self, client: Any, key: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client, self._key, self._clock = client, key, clock
        self._until = 0.0
        self._plain, self._wrapped = b"", b""

    def encrypt(self, text: str, row: tuple[str, str]) -> str:
        """JSON with the wrapped data key beside the encrypted text."""
        if self._clock() >= self._until:
            answer = self._call("generate_data_key", KeyId=self._key, KeySpec="AES_256", EncryptionContext=USE)
            self._plain, self._wrapped = answer["Plaintext"], answer["CiphertextBlob"]
            self._until = self._clock() + KEPT_S
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._plain).encrypt(nonce, text.encode(), _beside(self._wrapped, row))
        return json.dumps({"key": _text(self._wrapped), "box": _text(nonce + sealed), "bound": True})

    def decrypt(self, encrypted: str, row: tuple[str, str]) -> str:
        """What was encrypted for this row. Raises `RemoteError` where it was changed or moved since.

        Without `bound` it was encrypted by a version that bound nothing.
        """
        parts = json.loads(encrypted)
        bound = parts.get("bound", False)
        wrapped, sealed = base64.b64decode(parts["key"]), base64.b64decode(parts["box"])
        plain = self._plain if wrapped == self._wrapped else self._unwrapped(wrapped, USE if bound else {})
        beside = _beside(wrapped, row) if bound else wrapped
        try:
            return AESGCM(plain).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], beside).decode()
        except InvalidTag:
            raise AwsError("what was kept encrypted is not what was encrypted here") from None

    def _unwrapped(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        answer = self._call("decrypt", KeyId=self._key, CiphertextBlob=wrapped, EncryptionContext=context)
        plain: bytes = answer["Plaintext"]
        return plain

    def _call(self, operation: str, **asked: Any) -> dict[str, Any]:
        with raising_ours(operation):
            answer: dict[str, Any] = getattr(self._client, operation)(**asked)
        return answer


def _beside(wrapped: bytes, row: tuple[str, str]) -> bytes:
    return wrapped + json.dumps(row).encode()


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
