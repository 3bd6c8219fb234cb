"""What an event says to the pass it wakes."""

from __future__ import annotations

from typing import Any

import pytest

from integration import names as n
from integration.cases.wake import message_of
from integration.reconcile.verdict import Malformed


def event(source: str, kind: str, **detail: Any) -> dict[str, Any]:
    return {"source": source, "detail-type": kind, "time": "2026-11-21T12:00:00Z", "detail": detail}


@pytest.mark.parametrize(("source", "kind", "created"), [
    (n.NATIVE_SOURCE, "Case Created", True),
    (n.NATIVE_SOURCE, "Case Updated", False),
    (n.NATIVE_SOURCE, "Case Comment Added", False),
    (n.SOURCE_CASES, n.CASE_CREATED, False),
    (n.SOURCE_CASES, n.CASE_UPDATED, False),
])  # fmt: skip
def test_only_awss_own_word_means_nothing_but_a_new_case(source: str, kind: str, created: bool) -> None:
    """Our poll tells of a case it has not seen before, whatever has been said there meanwhile."""
    wake = message_of(event(source, kind, caseId="4711")).wake
    assert wake.created is created


@pytest.mark.parametrize("broken", [
    {}, {"source": "somebody"}, {"source": n.NATIVE_SOURCE, "time": "2026-11-21T12:00:00Z", "detail": {}},
    event(n.NATIVE_SOURCE, "Case Created", caseId=""), event(n.SOURCE_INCIDENTS, n.INCIDENT_CREATED, sys_id="x" * 65),
])  # fmt: skip
def test_what_no_rule_of_ours_sends_is_malformed(broken: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        message_of(broken)
