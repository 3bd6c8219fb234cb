"""Both ways to stand behind the port of changes: the twin of the histories, and the adapter over HTTP.

A place offers `port` and what people do there. Its records stay: every test makes its own.
"""

from __future__ import annotations

import itertools
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from integration.changes.model import Conflict, Kind, Wish
from integration.changes.records import Records
from integration.clients.errors import Refused, Unavailable
from integration.emulators.servicenow.ids import fixed_id
from tests.fakes.changes import FakeChanges

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration.changes.model import Change
    from tests.contract.emulated import Instance

NUMBER = itertools.count(1)
GROUP, ITEM = fixed_id("group", "DevOps Team"), fixed_id("ci", "prod-k8s-cluster")
TEMPLATE = fixed_id("producer", "Deploy application")
ASKED = ("christen.mitchell", "david.loo", "bow.ruggeri", "don.goodliffe")
FAST = {"change_flow_delay_s": 0.0, "change_worker_delay_s": 0.0}


def wish(**more: Any) -> Wish:
    """A change that can be walked to its end: its group is named."""
    known = {
        "app": "shop", "version": "2.3.0", "environment": "production", "kind": Kind.NORMAL,
        "short_description": "Deploy shop 2.3.0", "assignment_group": GROUP,
    }  # fmt: skip
    standard = {"template": TEMPLATE} if more.get("kind") is Kind.STANDARD else {}
    return Wish(**{**known, **standard, **more})


class TwinPlace:
    def __init__(self) -> None:
        self.port = self.twin = FakeChanges()

    def approve(self, change: Change) -> None:
        self.twin.approve(change.sys_id)

    def reject(self, change: Change, words: str) -> None:
        self.twin.reject(change.sys_id, words)

    def hold(self, change: Change, reason: str) -> None:
        self.twin.by_hand(change.sys_id, on_hold=True, hold_reason=reason)

    def unhold(self, change: Change) -> None:
        self.twin.by_hand(change.sys_id, on_hold=False, hold_reason="")

    def cancel(self, change: Change) -> None:
        self.twin.by_hand(change.sys_id, state="4")

    def blackout(self) -> None:
        self.twin.found_conflicts = (Conflict("blackout", "Blackout"),)

    def answer_lost(self, name: str) -> None:
        """The next such call takes effect, and nobody hears of it."""

        def hook(moment: str, called: str) -> None:
            if (moment, called) == ("after", name):
                self.twin.hook = lambda *_: None
                raise Unavailable("servicenow", "no answer", outcome_unknown=True)

        self.twin.hook = hook

    def later(self, seconds: float) -> None:
        self.twin.time.at += seconds

    def moment(self) -> None:
        self.later(1)


class HttpPlace:
    """Over the emulator, as a user with `itil` meets it."""

    def __init__(self, instance: Instance) -> None:
        self.instance, self.said = instance, list[str]()
        self.calls: list[str] = []
        self.renew()

    def renew(self, **switches: Any) -> None:
        """Another process, which knows nothing yet."""
        self.instance.config(**{**self.instance.first_switches, **FAST, **switches})
        self.calls = []
        self.http = self.instance.http(
            on_call=lambda _, method, table, how, __: self.calls.append(f"{method} {table} {how}")
        )
        self.port = Records(self.http, self.said.append)

    def approve(self, change: Change | str) -> None:
        """By everybody who is asked, board after board."""
        for _ in range(2):
            for person in ASKED:
                with suppress(AssertionError):
                    self.do("approve", change, person, comments="fine")
        self.instance.settled()

    def reject(self, change: Change, words: str) -> None:
        self.do("reject", change, "christen.mitchell", comments=words)
        self.instance.settled()

    def hold(self, change: Change, reason: str) -> None:
        self.do("hold", change, reason=reason)

    def unhold(self, change: Change) -> None:
        self.do("unhold", change)

    def cancel(self, change: Change) -> None:
        self.do("cancel", change, reason="not today")

    def do(self, what: str, change: Change | str, by: str = "chuck.farley", **more: Any) -> None:
        sys_id = change if isinstance(change, str) else change.sys_id
        self.instance.people.on_change(by, what, sys_id, **more)

    def blackout(self) -> None:
        now = self.port.now()
        schedule = self.instance.seed("cmn_schedule_blackout", name="Freeze", time_zone="UTC")
        self.instance.seed(
            "cmn_schedule_span",
            schedule=schedule,
            start_date_time=f"{now - timedelta(days=1):%Y%m%dT%H%M%SZ}",
            end_date_time=f"{now + timedelta(days=1):%Y%m%dT%H%M%SZ}",
        )

    def answer_lost(self, name: str) -> None:
        method = {"create": "POST", "submit": "PATCH", "start": "PATCH", "finish": "PATCH", "close": "PATCH"}[name]
        self.instance.fault("500-after-commit", method=method, path="/api/sn_chg_rest/*")

    def moment(self) -> None:
        self.instance.settled()

    def later(self, seconds: float) -> None:
        self.instance.admin("POST", "clock", {"advance_s": seconds})


def expect(met: Callable[[], Any], kind: type[Exception] = Refused) -> str:
    """What was refused."""
    try:
        met()
    except kind as error:
        return str(getattr(error, "reason", error))
    raise AssertionError("it was not refused")
