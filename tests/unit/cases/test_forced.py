"""`forced` counts only from who may read the client secret; anybody else's event is one among others."""

from __future__ import annotations

from functools import partial

import pytest

from integration import names as n
from integration.cases.forced import VALID_S, is_marked, mark
from integration.cases.wake import message_of

SECRET, NOW = "client-secret", 1_800_000_000.0
GOOD = mark(SECRET, "4711", NOW)


def wake(said: object, key: str = "4711", now: float = NOW, source: str = n.SOURCE_CASES) -> bool:
    detail = {"caseId": key, "sys_id": key, "forced": said}
    event = {"source": source, "detail-type": "x", "time": "2026-11-21T12:00:00Z", "detail": detail}
    found = message_of(event).wake_for("incident", partial(is_marked, client_secret=SECRET, now=now))
    assert found is not None, "whatever is said, somebody looks"
    return found.forced


@pytest.mark.parametrize("source", [n.SOURCE_CASES, n.SOURCE_INCIDENTS])
def test_a_mark_made_with_the_secret_counts(source: str) -> None:
    assert wake(GOOD, source=source)
    assert wake(GOOD, now=NOW + VALID_S - 1), "it may have waited out an outage"


@pytest.mark.parametrize("said", [
    None, True, False, 1, "", "true", ".", GOOD.partition(".")[0], GOOD.partition(".")[2], f"{GOOD}0", "x" + GOOD,
    mark("", "4711", NOW), mark("another", "4711", NOW), mark(SECRET, "4712", NOW), f"é{GOOD}", [GOOD], {"a": GOOD},
    f"{int(NOW) + 60}.{GOOD.partition('.')[2]}",
])  # fmt: skip
def test_what_others_can_make_does_not(said: object) -> None:
    assert not wake(said)


@pytest.mark.parametrize("now", [NOW + VALID_S, NOW - 2 * 3600])
def test_a_mark_ends_with_what_a_queue_keeps(now: float) -> None:
    assert not wake(GOOD, now=now)


def test_an_event_whose_receiver_knows_no_secret_is_never_forced() -> None:
    event = {"source": n.SOURCE_CASES, "time": "2026-11-21T12:00:00Z", "detail": {"caseId": "4711", "forced": True}}
    found = message_of(event).wake_for("incident")
    assert found is not None
    assert not found.forced
