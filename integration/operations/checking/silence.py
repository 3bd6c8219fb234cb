"""What a check says of an address of ours that gives no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.clients.certificate import untrusted
from integration.operations.checking.verdict import Verdict, fail

if TYPE_CHECKING:
    import requests


def silent(subject: str, url: str, what: str, error: requests.RequestException) -> Verdict:
    """`what`: whose certificate it would be."""
    unverified = untrusted(error, what)
    if unverified:
        return fail(subject, str(unverified), unverified.then)
    told = f"{url} does not answer: {type(error).__name__}"
    return fail(subject, told, "See that this machine may reach it; then the stacks in `status`.")
