"""The scheduled look: what changed or is due is published once, and nothing is asked per unchanged case."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from integration.case_sync.errors import Misconfigured, Unavailable
from integration.case_sync.poll import AT_ONCE, Listed, Poll, PollState


@dataclass
class Sources:
    """Both systems, the due index, the bus and the stored state, in memory."""

    listed: list[Listed] = field(default_factory=list)
    changed: list[Listed] = field(default_factory=list)
    due_now: tuple[list[str], list[str]] = ((), ())
    state: PollState = field(default_factory=PollState)
    published: list[dict] = field(default_factory=list)
    broken: dict[str, Exception] = field(default_factory=dict)
    takes: int = 10_000
    """Events before the bus takes no more."""
    now: float = 10_000.0

    def _or_break(self, name: str) -> None:
        if name in self.broken:
            raise self.broken[name]

    def cases(self) -> list[Listed]:
        self._or_break("cases")
        return self.listed

    def incidents(self, since: float) -> tuple[list[Listed], float]:
        self._or_break("incidents")
        return [record for record in self.changed if record.changed >= since], self.now

    def due(self, now: float) -> tuple[list[str], list[str]]:
        return self.due_now

    def publish(self, events: list) -> None:
        self._or_break("publish")
        if len(self.published) >= self.takes:
            raise Unavailable("aws", "ThrottlingException")
        self.published += [event.detail for event in events]

    def load(self) -> PollState:
        return PollState(self.state.cases_since, self.state.incidents_since, dict(self.state.published))

    def save(self, state: PollState) -> None:
        self.state = state


@pytest.fixture
def sources() -> Sources:
    return Sources()


def poll(sources: Sources, installed_at: float = 0) -> list[dict]:
    """What one poll published."""
    before = len(sources.published)
    Poll(sources, lambda: sources.now, installed_at, "incident").run()
    return sources.published[before:]


def test_a_changed_case_is_published_once_however_often_it_is_listed(sources: Sources) -> None:
    """Also if nothing else changes for an hour: an unchanged case costs nothing."""
    sources.listed = [Listed("4000000001", 9_990.0)]
    assert [d["caseId"] for d in poll(sources)] == ["4000000001"]
    for _ in range(60):
        sources.now += 60
        assert poll(sources) == []
    sources.listed = [Listed("4000000001", sources.now)]
    assert len(poll(sources)) == 1
    assert len(sources.state.published) == 1


def test_nothing_from_before_the_installation_is_published(sources: Sources) -> None:
    sources.listed = [Listed("4000000001", 100.0), Listed("4000000002", 9_000.0)]
    sources.changed = [Listed("a" * 32, 100.0, 3)]
    assert [d.get("caseId") for d in poll(sources, installed_at=5_000.0)] == ["4000000002"]


def test_an_incident_is_published_once_per_version(sources: Sources) -> None:
    sources.changed = [Listed("a" * 32, 9_999.0, 3)]
    assert poll(sources)[0]["sys_mod_count"] == 3
    assert poll(sources) == []
    sources.changed = [Listed("a" * 32, 10_001.0, 4)]
    assert poll(sources)[0]["sys_mod_count"] == 4


def test_what_an_event_should_have_told_is_counted_once(sources: Sources) -> None:
    """Somebody else's changes, each version once: our own raise no event. The alarm EventsMissing compares."""
    theirs, ours = Listed("a" * 32, 9_999.0, 3, told=True), Listed("b" * 32, 9_999.0, 1)
    sources.changed = [theirs, ours]
    looks = [Poll(sources, lambda: sources.now, 0, "incident").run().told for _ in range(2)]
    assert looks == [1, 0]


def test_a_new_attachment_is_an_event_though_the_record_did_not_change(sources: Sources) -> None:
    sources.changed = [Listed("a" * 32, 9_999.0, attachment=True)]
    assert poll(sources)[0]["attachment_action"] == "added"


def test_what_is_due_is_repeated_only_after_a_quarter_of_an_hour(sources: Sources) -> None:
    sources.due_now = (["4000000001"], ["a" * 32])
    assert [d["sweep"] for d in poll(sources)] == [True, True]
    sources.now += 600
    assert poll(sources) == []
    sources.now += 400
    assert len(poll(sources)) == 2


@pytest.mark.parametrize("broken", ["cases", "incidents"])
def test_one_side_that_fails_does_not_keep_the_other_from_being_published(sources: Sources, broken: str) -> None:
    sources.listed, sources.changed = [Listed("4000000001", 9_990.0)], [Listed("a" * 32, 9_999.0, 3)]
    sources.broken = {broken: Unavailable("servicenow", "time-out")}
    assert len(poll(sources)) == 1
    sources.broken = {}
    assert len(poll(sources)) == 1


def test_what_the_bus_did_not_take_is_published_by_the_next_poll(sources: Sources) -> None:
    sources.listed = [Listed("4000000001", 9_990.0)]
    sources.broken = {"publish": Misconfigured("aws", "no such bus")}
    with pytest.raises(Misconfigured):
        poll(sources)
    sources.broken = {}
    assert len(poll(sources)) == 1


def test_a_poll_that_dies_among_thousands_goes_on_where_it_died(sources: Sources) -> None:
    """Else one that has more to publish than a function has time for would begin anew for ever."""
    sources.listed = [Listed(f"case {number}", 9_990.0) for number in range(3 * AT_ONCE)]
    sources.takes = AT_ONCE
    with pytest.raises(Unavailable):
        poll(sources)
    assert sources.state.cases_since == 0
    sources.takes = 10_000
    assert len(poll(sources)) == 2 * AT_ONCE
    assert len({detail["caseId"] for detail in sources.published}) == 3 * AT_ONCE
    assert sources.state.cases_since == 9_990.0
    assert poll(sources) == []
