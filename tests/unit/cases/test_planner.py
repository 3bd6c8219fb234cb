"""What follows for one field, as a table: who changed, what can be said where, who wins, what happens."""

from __future__ import annotations

import pytest

from integration.cases.link import Pair, value_fingerprint
from integration.cases.plan.synced import Synced, decide

OLD, NEW, OTHER = "old", "new", "other"


def synced(
    case: str, incident: str, *, policy: str = "servicenow", to_case: bool = True, to_incident: bool = True
) -> Synced:
    return Synced(
        name="title", policy=policy, case=case, incident=incident, accepted=case == incident,
        on_case=incident if to_case else None, on_incident=case if to_incident else None, now=base(case, incident),
    )  # fmt: skip


def base(case: str | None, incident: str | None) -> Pair:
    return Pair(*(None if value is None else value_fingerprint("title", value) for value in (case, incident)))


@pytest.mark.parametrize(
    ("field", "before", "side", "loser"),
    [
        (synced(OLD, OLD), base(OLD, OLD), None, None),
        (synced(OLD, OTHER), base(OLD, OTHER), None, None),
        (synced(NEW, NEW), base(OLD, OLD), "", None),
        (synced(NEW, OLD), base(OLD, OLD), "incident", None),
        (synced(OLD, NEW), base(OLD, OLD), "case", None),
        (synced(NEW, OTHER), base(OLD, OLD), "case", NEW),
        (synced(NEW, OTHER, policy="aws"), base(OLD, OLD), "incident", OTHER),
        (synced(OLD, NEW, to_case=False), base(OLD, OLD), "", None),
        (synced(NEW, OTHER, to_case=False), base(OLD, OLD), "incident", OTHER),
        (synced(NEW, OTHER, policy="aws", to_incident=False), base(OLD, OLD), "case", NEW),
        (synced(NEW, OTHER, to_case=False, to_incident=False), base(OLD, OLD), "", None),
        (synced(OLD, OTHER), base(None, None), "case", OLD),
        (synced(OLD, OLD), base(None, None), "", None),
        (synced(OLD, OTHER), base(OLD, None), "case", None),
    ],
)
def test_the_table_of_decisions(field: Synced, before: Pair, side: str | None, loser: str | None) -> None:
    """None: nothing to do; an empty side: only the base moves; a loser goes into a note."""
    found = decide(field, before)
    assert (None if found is None else found.side) == side
    assert (None if found is None else found.loser) == loser
