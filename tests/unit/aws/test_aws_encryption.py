"""What rests encrypted opens at its own row only, and what former versions encrypted stays readable."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from integration.aws.encryption import USE, Envelope
from integration.clients.errors import RemoteError

TEXT = '{"title": "Odd logins"}'
ROW, OTHER = ("Incident#a", "latest"), ("Incident#b", "latest")


@pytest.fixture
def kms(client):
    return client("kms")


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


def text(content):
    return base64.b64encode(content).decode()


def formerly_encrypted(kms, key):
    """As versions wrote it that bound nothing: a data key without context, and the key alone beside the text."""
    answer = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    wrapped, nonce = answer["CiphertextBlob"], b"twelve bytes"
    sealed = AESGCM(answer["Plaintext"]).encrypt(nonce, TEXT.encode(), wrapped)
    return json.dumps({"key": text(wrapped), "box": text(nonce + sealed)})


@pytest.mark.parametrize("elsewhere", [False, True])
def test_what_was_encrypted_opens_at_its_row(kms, key, elsewhere):
    """In the container that encrypted it, and in another, which asks KMS."""
    envelope = Envelope(kms, key)
    encrypted = envelope.encrypt(TEXT, ROW)
    assert "Odd" not in encrypted
    assert (Envelope(kms, key) if elsewhere else envelope).decrypt(encrypted, ROW) == TEXT


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_body_moved_to_another_row_does_not_open(kms, key, elsewhere):
    envelope = Envelope(kms, key)
    encrypted = envelope.encrypt(TEXT, ROW)
    with pytest.raises(RemoteError):
        (Envelope(kms, key) if elsewhere else envelope).decrypt(encrypted, OTHER)


def test_kms_is_told_what_the_key_is_for(kms, key):
    """So that CloudTrail shows it, and a call without it opens nothing."""
    wrapped = base64.b64decode(json.loads(Envelope(kms, key).encrypt(TEXT, ROW))["key"])
    assert kms.decrypt(KeyId=key, CiphertextBlob=wrapped, EncryptionContext=USE)["Plaintext"]
    with pytest.raises(kms.exceptions.InvalidCiphertextException):
        kms.decrypt(KeyId=key, CiphertextBlob=wrapped)


def test_what_was_encrypted_unbound_opens_until_it_is_rewritten(kms, key):
    assert Envelope(kms, key).decrypt(formerly_encrypted(kms, key), ROW) == TEXT


def test_a_bound_body_does_not_open_as_an_unbound_one(kms, key):
    encrypted = json.loads(Envelope(kms, key).encrypt(TEXT, ROW))
    assert encrypted.pop("bound")
    with pytest.raises(RemoteError):
        Envelope(kms, key).decrypt(json.dumps(encrypted), OTHER)


def test_a_changed_body_does_not_open(kms, key):
    encrypted = json.loads(Envelope(kms, key).encrypt(TEXT, ROW))
    sealed = base64.b64decode(encrypted["box"])
    encrypted["box"] = text(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(RemoteError, match="not what was encrypted"):
        Envelope(kms, key).decrypt(json.dumps(encrypted), ROW)
