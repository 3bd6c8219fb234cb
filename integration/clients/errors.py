"""The error tree of all clients: what can go wrong with a foreign system, by who can do something about it.

    RemoteError
    ├── Unavailable    no usable answer: throttled, 5xx, time-outs, broken answers, no connection
    ├── Misconfigured  an administrator must act: nothing of the kind succeeds until a setting is changed
    │   └── Untrusted  the certificate that was shown cannot be verified
    └── Refused        this one request, by a rule of the other side: data policy, validation, state, quota, size
        └── Missing    there is no such record, or none this user may see; the other side does not tell which

The texts of these exceptions (`str`) carry operation, status and the call's id, never values, query strings, addresses
or file names. What the other side itself said stands in `Refused.reason`, which may be shown on the record concerned
but not logged, since a rule's message can quote the record.
"""

from __future__ import annotations


class RemoteError(Exception):
    """Any failure of a call. `system`: whose; `outcome`: one bounded word for metrics."""

    outcome = "error"

    def __init__(self, system: str, text: str) -> None:
        super().__init__(text)
        self.system, self.reason = system, text


class Unavailable(RemoteError):
    """Try again later.

    `retry_after_s`: what the other side asked for, if it did. `outcome_unknown`: the request may have taken effect, or
    may still do so up to a minute from now; never True for a read.
    """

    outcome = "unavailable"

    def __init__(
        self, system: str, reason: str, *, retry_after_s: float | None = None, outcome_unknown: bool = False
    ) -> None:
        super().__init__(system, reason)
        self.retry_after_s, self.outcome_unknown = retry_after_s, outcome_unknown


class Misconfigured(RemoteError):
    """`reason` says which setting."""

    outcome = "misconfigured"


class Untrusted(Misconfigured):
    """`then`: what to do about it."""

    def __init__(self, system: str, reason: str, then: str) -> None:
        super().__init__(system, reason)
        self.then = then


class Refused(RemoteError):
    """It had no effect. `reason`: the other side's own sentence; `code`: its word for it; `fields`: what it names.

    `by_chance`: the next try would not meet it, such as a number two records were given at once.
    """

    outcome = "refused"

    def __init__(
        self,
        system: str,
        reason: str,
        fields: tuple[str, ...] = (),
        *,
        text: str = "",
        code: str = "",
        by_chance: bool = False,
    ) -> None:
        super().__init__(system, text or f"{system} refused an action")
        self.reason, self.fields, self.code, self.by_chance = reason, fields, code, by_chance


class Missing(Refused):
    outcome = "missing"
