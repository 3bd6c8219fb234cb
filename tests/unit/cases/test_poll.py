"""The scheduled look: what changed or is due is published once, and nothing is asked per unchanged case."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from integration.cases.link import CASE, INCIDENT
from integration.cases.poll import CasePoll, Cursors, Listed, Page
from integration.cases.poll_sources import PolledSources
from integration.clients.errors import Misconfigured, Unavailable
from integration.reconcile.poll import AT_ONCE, Due

DAY_MINUTES = 24 * 60


@dataclass
class Sources:
    """Both systems, the due index, the bus and the stored state, in memory."""

    listed: list[Listed] = field(default_factory=list)
    changed: list[Listed] = field(default_factory=list)
    due_now: list[Due] = field(default_factory=list)
    in_table: set[tuple[str, str]] = field(default_factory=set)
    asked: int = 0
    page: int = 100_000
    """Cases of one poll; `cases` goes on behind them."""
    forgets: bool = False
    """Whether a token is refused."""
    state: Cursors = field(default_factory=Cursors)
    published: list[dict] = field(default_factory=list)
    sent: list[tuple[str, dict, int]] = field(default_factory=list)
    broken: dict[str, Exception] = field(default_factory=dict)
    takes: int = 10_000
    """Events before the bus takes no more."""
    now: float = 10_000.0

    def _or_break(self, name: str) -> None:
        if name in self.broken:
            raise self.broken[name]

    def cases(self, at: str) -> Page:
        self._or_break("cases")
        anew = self.forgets and bool(at)
        begin = 0 if anew else int(at or 0)
        end = begin + self.page
        return Page(self.listed[begin:end], str(end) if end < len(self.listed) else "", anew)

    def incidents(self, since: float) -> tuple[list[Listed], float]:
        self._or_break("incidents")
        return [record for record in self.changed if record.changed >= since], self.now

    def due(self, now: float) -> list[Due]:
        return [due for due in self.due_now if due.at <= now]

    def known(self, records: list[tuple[str, str]]) -> set[tuple[str, str]]:
        self.asked += 1
        return self.in_table.intersection(records)

    def send(self, side: str, events: list) -> None:
        self.sent += [(side, event.detail, delay_s) for event, delay_s in events]

    def publish(self, events: list) -> None:
        self._or_break("publish")
        if len(self.published) >= self.takes:
            raise Unavailable("aws", "ThrottlingException")
        self.published += [event.detail for event in events]

    def load(self) -> Cursors:
        return self.state.copy()

    def save(self, state: Cursors) -> None:
        self.state = state.copy()


@pytest.fixture
def sources() -> Sources:
    return Sources()


def poll(sources: Sources, installed_at: float = 0) -> list[dict]:
    """What one poll published."""
    before = len(sources.published)
    CasePoll(sources, lambda: sources.now, installed_at, "incident").run()
    return sources.published[before:]


def swept(sources: Sources) -> list[str]:
    """The links one poll sent somebody to look at."""
    before = len(sources.sent)
    poll(sources)
    return [detail.get("caseId") or detail["sys_id"] for _, detail, _ in sources.sent[before:]]


def test_a_changed_case_is_published_once_however_often_it_is_listed(sources: Sources) -> None:
    """Also if nothing else changes for an hour: an unchanged case costs nothing."""
    sources.listed = [Listed("4000000001", 9_990.0)]
    sources.in_table = {(CASE, "4000000001")}
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
    looks = [CasePoll(sources, lambda: sources.now, 0, "incident").run().heard for _ in range(2)]
    assert looks == [1, 0]


def test_a_new_attachment_is_an_event_though_the_record_did_not_change(sources: Sources) -> None:
    sources.changed = [Listed("a" * 32, 9_999.0, attachment=True)]
    assert poll(sources)[0]["attachment_action"] == "added"


def test_what_is_due_goes_to_the_queue_of_its_side(sources: Sources) -> None:
    sources.due_now = [Due((CASE, "4000000001"), 9_900.0), Due((INCIDENT, "a" * 32), 9_950.0)]
    assert poll(sources) == []
    assert [(side, detail["sweep"]) for side, detail, _ in sources.sent] == [(CASE, True), (INCIDENT, True)]


def test_a_day_in_which_nobody_takes_messages_leaves_two_of_a_link(sources: Sources) -> None:
    """Functions that cannot start look at nothing that was told, so what was told most likely still waits."""
    sources.due_now = [Due((CASE, f"{number}"), 10_000.0) for number in range(3)]
    told = []
    for minute in range(24 * 60):
        told += [(minute, link) for link in swept(sources)]
        sources.now += 60
    assert [minute for minute, link in told if link == "0"] == [0, 15]
    assert len(told) == 2 * 3


def test_a_link_nobody_looks_at_is_told_of_twice_in_a_day_though_others_are_followed(sources: Sources) -> None:
    """One of the two functions may be dead, or one message lost: what others do says nothing of this one's messages."""
    left, told = Due((CASE, "left"), 10_000.0), []
    for minute in range(49 * 60):
        sources.due_now = [left, Due((CASE, "followed"), sources.now)]
        told += [minute] * swept(sources).count("left")
        sources.now += 60
    assert told == [0, 15, 15 + DAY_MINUTES, 15 + 2 * DAY_MINUTES]


def test_a_message_lost_once_is_told_again_in_a_quarter_of_an_hour_however_late_the_poll_was(sources: Sources) -> None:
    sources.due_now = [Due((CASE, "4000000001"), sources.now - 5 * 3600)]
    assert swept(sources) == ["4000000001"]
    sources.now += 900
    assert swept(sources) == ["4000000001"]


def test_a_pass_at_work_does_not_make_the_poll_forget_what_it_told(sources: Sources) -> None:
    """Its claim moves the time away, and where it is no sweep it puts the same time back."""
    due = Due((CASE, "4000000001"), sources.now)
    told = []
    for minute in range(60):
        sources.due_now = [] if minute % 7 == 3 else [due]
        told += [minute] * len(swept(sources))
        sources.now += 60
    assert told == [0, 15]


def test_a_look_wanted_soon_comes_soon_whenever_the_last_was(sources: Sources) -> None:
    """A pass that found a file under scan says when to look again; that it was told of a minute ago is another look."""
    for _ in range(5):
        sources.due_now = [Due((CASE, "4000000001"), sources.now - 30)]
        assert swept(sources) == ["4000000001"]
        sources.now += 60
    sources.now += 3600
    sources.due_now = []
    assert swept(sources) == []
    assert sources.state.sweeps == {}


def test_a_record_no_one_knows_of_is_announced_again_until_something_stands_in_the_table(sources: Sources) -> None:
    """Its one event may be lost behind the bus, and what has no link is not swept."""
    sources.listed = [Listed("4000000001", 9_990.0, new=True)]
    sources.changed = [Listed("a" * 32, 9_999.0, 0, new=True)]
    told = []
    for minute in range(60):
        told += [(minute, d.get("caseId") or d["sys_id"]) for d in poll(sources)]
        if minute == 12:
            sources.in_table.add((CASE, "4000000001"))
        sources.now += 60
    assert [minute for minute, key in told if key == "4000000001"] == [0]
    assert [minute for minute, key in told if key == "a" * 32] == [0, 15]
    assert sources.asked == 1


def test_a_change_of_a_record_no_one_knows_of_is_announced_again_as_soon_as_the_first(sources: Sources) -> None:
    sources.listed, told = [Listed("4000000001", 9_990.0, new=True)], []
    for minute in range(60):
        if minute == 10:
            sources.listed = [Listed("4000000001", sources.now)]
        told += [minute] * len(poll(sources))
        sources.now += 60
    assert told == [0, 10, 25]


def test_an_announcement_that_nothing_follows_is_given_up(sources: Sources) -> None:
    """Out of scope leaves nothing in the table either."""
    sources.changed = [Listed("a" * 32, 9_999.0, 0, new=True)]
    told = 0
    for _ in range(2 * DAY_MINUTES):
        told += len(poll(sources))
        sources.changed = []
        sources.now += 60
    assert told == 3
    assert sources.state.announced == {}


def test_what_a_later_version_remembered_beside_it_is_dropped() -> None:
    """Else no poll would run after a return to the version before."""
    kept: dict[str, dict[str, object]] = {}
    links = SimpleNamespace(load=lambda name: kept[name], store=kept.__setitem__)
    polled = PolledSources(None, None, "incident", links, None, {}, "", str.isupper)  # type: ignore[arg-type]
    state = Cursors(cases_since=9_990.0, announced={"case:4000000001": [9_000.0, 9_300.0]})
    polled.save(state)
    kept["Poll"] |= {"of_a_later_version": 1}
    assert polled.load() == state


def test_many_cases_are_read_in_rounds_and_no_change_is_missed(sources: Sources) -> None:
    """One made on a page that was read before is found by the next round, which looks back to where this one began."""
    sources.page = 10
    sources.listed = [Listed(f"case {number}", 5_000.0) for number in range(35)]
    sources.state = Cursors(cases_since=9_990.0)
    seen: set[str] = set()
    for minute in range(12):
        if minute == 2:
            sources.listed[0], sources.listed[34] = Listed("case 0", sources.now - 1), Listed("case 34", sources.now)
        seen |= {d["caseId"] for d in poll(sources)}
        sources.now += 60
    assert seen == {"case 0", "case 34"}


def test_a_place_that_is_not_known_any_more_begins_the_round_anew(sources: Sources) -> None:
    sources.page, sources.forgets = 10, True
    sources.listed = [Listed(f"case {number}", 9_999.0) for number in range(25)]
    assert [d["caseId"] for d in poll(sources)] == [f"case {number}" for number in range(10)]
    sources.now += 60
    assert poll(sources) == []
    assert sources.state.round_began == sources.now


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
