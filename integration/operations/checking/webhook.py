"""Checks that the webhook takes the token that ServiceNow was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import requests

from integration.connection.probe import CLOSED
from integration.names import PING
from integration.operations.checking.silence import silent
from integration.operations.checking.verdict import Verdict, fail, ok, warn
from integration.operations.terminal.output import command

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PATIENCE_S = 15


def webhook(
    url: str, token: str, deployment: str = "", post: Callable[..., requests.Response] = requests.post
) -> Verdict:
    """A ping: answered 202, heard by nobody."""
    subject = "webhook"
    try:
        answer = post(
            url, json={"event_type": PING}, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE_S,
            allow_redirects=False,
        )  # fmt: skip
    except requests.RequestException as error:
        return silent(subject, url, "the webhook", error)
    if answer.status_code == 202:
        return ok(subject, url)
    if answer.status_code == 403 and CLOSED in answer.text:
        return warn(subject, "closed to this machine by --allowed-ips, so it was not tried")
    if answer.status_code in (401, 403):
        return fail(subject, f"the webhook refuses its own token ({answer.status_code})", command("rotate", deployment))
    return fail(subject, f"the webhook answers {answer.status_code}", "See the log of the notifications handler.")


def token_in_instance(stored: str | None, known: Sequence[str], deployment: str, again: str) -> Verdict:
    """`stored`: the mark of the token the instance has; `known`: marks of the tokens in Secrets Manager; `again` hands
    over the first one.
    """
    subject = "webhook token"
    if stored is None:
        return fail(subject, "the instance holds no credential of ours", again)
    if stored in known:
        return ok(subject, "the instance sends a token that is taken")
    return fail(subject, "the instance holds another token than the webhook takes", command("rotate", deployment))
