"""What ends a pass, by what follows from it: the kinds of `clients.errors`, and three by our own rules.

Unavailable     the other side does not answer: messages wait, nothing is touched
Misconfigured   somebody must change a setting: messages wait, one alarm, nothing is touched
Refused         one action, by a rule of the other side: blocked with its reason, the rest goes on
Later           not now (a write may still land, a record is not there yet)
Braked          too many new records in an hour: waits an hour, or for `resume`
ClaimLost       the claim is no longer ours: somebody else works here now
"""

from __future__ import annotations

from integration.clients.errors import Misconfigured, Refused, Unavailable


class Later(Exception):
    """Look again at `at` (epoch seconds); nobody needs to act."""

    def __init__(self, reason: str, at: float) -> None:
        super().__init__(reason)
        self.at = at


class Braked(Exception):
    """The brake is on; an hour later it opens at half the limit, `resume` releases it at once."""


class ClaimLost(Exception):
    """Our claim expired and was taken; what we know is old, so we stop without writing."""


EXPECTED = (Unavailable, Misconfigured, Refused, Later, Braked, ClaimLost)
"""Anything else is a bug of ours, or an answer nobody foresaw."""
_WORDS = {"Braked": "CreationStopped", "ClaimLost": "Fenced"}
"""What rows and logs call them: older rows and alarms have these words."""


def kind_of(error: BaseException) -> str:
    """The word for logs and rows: a client's own kind counts as the one it belongs to."""
    name = next((kind.__name__ for kind in EXPECTED if isinstance(error, kind)), type(error).__name__)
    return _WORDS.get(name, name)
