"""Secrets never reach a log that is kept, wherever the stream is cut."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.changes.redaction import MASK, Redaction, secrets_of

PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nshort\n-----END PRIVATE KEY-----"
SECRETS = ("hunter2-hunter2", "p@ss word/+", PEM)


def redacted(secrets, chunks):
    redaction = Redaction(secrets)
    return b"".join([*(redaction.fed(each) for each in chunks), redaction.fed(b"", last=True)])


FORMS = {
    "as it is": b"hunter2-hunter2", "with signs": b"p@ss word/+", "in an address": b"p%40ss%20word%2F%2B",
    "in base64": base64.b64encode(b"hunter2-hunter2"), "a line of a key": b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
    "a whole key": PEM.encode(),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_replaced_in_every_form_and_at_every_cut(form):
    text = b"before " + FORMS[form] + b" after"
    for cut in range(len(text) + 1):
        assert redacted(SECRETS, [text[:cut], text[cut:]]) == b"before " + MASK + b" after"


@given(
    st.lists(st.sampled_from([b"a", b"ab", b"hunter2-", b"hunter2-hunter2", b"\n", b"hunter", b"\xff"]), max_size=12)
)
def test_however_it_comes_the_result_is_that_of_the_whole(chunks):
    whole = redacted(SECRETS, [b"".join(chunks)])
    assert redacted(SECRETS, chunks) == whole
    assert b"hunter2-hunter2" not in whole


def test_without_secrets_nothing_is_held_back():
    assert Redaction(()).fed(b"at once") == b"at once"


def test_what_is_named_as_a_secret_is_one():
    """Short ones are words of many texts, and a folder is none, whatever a shell calls it."""
    secret = {
        "NPM_TOKEN": "abcdefgh",
        "AWS_SECRET_ACCESS_KEY": "k" * 40,
        "DB_PWD": "database",
        "SYSTEM_ACCESSTOKEN": "azure-1",
    }
    plain = {"DB_PASSWORD": "12345", "PATH": "/usr/bin:/bin", "PWD": "/builds/octo/shop", "OLDPWD": "/builds/octo"}
    assert secrets_of(secret | plain, ["own", ""]) == {*secret.values(), "own"}
