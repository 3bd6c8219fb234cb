"""Tells a chat what somebody has to act on, in the form of Slack's incoming webhooks, which others take as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import requests

from integration.clients.certificate import untrusted

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLE = "CHANGE_NOTIFY_URL"
PATIENCE_S = 10.0


def notify(url: str, text: str, warn: Callable[[str], None]) -> None:
    """Once; a chat that does not answer holds no deployment up. The text's signs are none of Slack's markup."""
    for sign, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(sign, written)
    try:
        answer = requests.post(url, json={"text": text}, timeout=PATIENCE_S, allow_redirects=False)
    except requests.RequestException as error:
        warn(f"nobody was notified: {untrusted(error, 'the chat') or type(error).__name__}")
        return
    if answer.status_code // 100 != 2:
        warn(f"nobody was notified: the other side says {answer.status_code}")
