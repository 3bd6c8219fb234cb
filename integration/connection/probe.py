"""Checks that the webhook takes a token, by a real request that nobody acts on."""

from __future__ import annotations

import requests
import tenacity

from integration.names import PING

PATIENCE_S, PAUSE_S = 90, 5
"""A new authorizer may need seconds to start, and looks unknown tokens up at most every ten."""
CLOSED = "is not authorized to perform: execute-api:Invoke"
"""Part of the 403 of the API's own policy (`--allowed-ips`), which names only where ServiceNow calls from."""


class TokenNotTaken(Exception):
    """The webhook did not answer 202. `status` 0: it did not answer at all."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the webhook answered {status or 'nothing'} to the new token")
        self.status = status


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(TokenNotTaken),
    stop=tenacity.stop_after_delay(PATIENCE_S),
    wait=tenacity.wait_fixed(PAUSE_S),
    reraise=True,
)
def probe(url: str, token: str) -> bool:
    """True: taken. False: the address is closed to us, so nothing is known. Raises `TokenNotTaken`."""
    headers = {"Authorization": f"Bearer {token}"}
    try:
        response = requests.post(url, json={"event_type": PING}, headers=headers, timeout=15, allow_redirects=False)
    except requests.RequestException:
        raise TokenNotTaken(0) from None
    if response.status_code == 403 and CLOSED in response.text:
        return False
    if response.status_code != 202:
        raise TokenNotTaken(response.status_code)
    return True
