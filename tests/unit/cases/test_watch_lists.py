"""Watch lists of every shape: what nobody can know stays where it is, and stalls nothing."""

from __future__ import annotations

import pytest

from integration.cases.link import CASE
from integration.clients.errors import Misconfigured
from tests.fakes.running import Running

ANN, BOB = "ann@here.example", "bob@here.example"
ODD = [
    "{ann}, {bob}",
    "{ann}, ",
    "{ann},\n{bob}",
    "{ann},Beth Anglin, Fred Luddy",
    "{ann},javascript:gs.getUserID()",
    "{ann},a^b",
    "{ann}, a^b@here.example",
    "{ann},,;\u200b",
    "{ann}," + "x" * 3000,
]


def watching(running: Running, case_id: str) -> set[str]:
    return set(running.cases.records[case_id]["watchers"])


def listed(running: Running, sys_id: str) -> str:
    return str(running.incidents.records[sys_id]["columns"].get(running.incidents.watch_column, ""))


@pytest.mark.parametrize("shape", ODD)
def test_a_new_incident_becomes_a_case_whatever_its_list_holds(running: Running, shape: str) -> None:
    users = {"ann": running.incidents.add_user(ANN), "bob": running.incidents.add_user(BOB)}
    sys_id = running.incidents.make("t", watch_list=shape.format(**users))
    running.incident(sys_id)
    case_id, _ = running.linked()
    assert ANN in watching(running, case_id)
    assert not running.dead


@pytest.mark.parametrize("shape", ODD)
def test_what_cannot_be_a_user_stays_where_it_is(running: Running, pair: tuple[str, str], shape: str) -> None:
    case_id, sys_id = pair
    users = {"ann": running.incidents.add_user(ANN), "bob": running.incidents.add_user(BOB)}
    running.incidents.edit(sys_id, watch_list=shape.format(**users), work_notes="goes over")
    running.incident(sys_id)
    running.sweep()
    assert ANN in watching(running, case_id)
    assert listed(running, sys_id) == shape.format(**users)
    assert any("goes over" in comment for comment in running.comments(case_id))


def both_watch(running: Running, pair: tuple[str, str]) -> str:
    """Ann, by her sys_id on the incident; the sys_id."""
    ann = running.incidents.add_user(ANN)
    running.incidents.edit(pair[1], watch_list=ann)
    running.incident(pair[1])
    assert watching(running, pair[0]) == {ANN}
    return ann


def test_who_is_not_shown_any_more_is_not_taken_off(running: Running, pair: tuple[str, str]) -> None:
    """Not shown is not known, and not known is not removed: another domain, an inactive record, a rule of rows."""
    ann = both_watch(running, pair)
    running.incidents.unseen = {ann}
    running.sweep()
    running.incidents.edit(pair[1], watch_list=f"{ann},carl@out.example")
    running.incident(pair[1])
    assert watching(running, pair[0]) == {ANN, "carl@out.example"}
    running.incidents.edit(pair[1], watch_list=ann)
    running.incident(pair[1])
    assert watching(running, pair[0]) == {ANN}
    running.incidents.unseen = set()
    running.sweep()
    assert (watching(running, pair[0]), listed(running, pair[1])) == ({ANN}, ann)


def test_who_is_taken_off_the_list_goes_although_others_are_not_shown(running: Running, pair: tuple[str, str]) -> None:
    ann, nobody = both_watch(running, pair), "0" * 32
    running.incidents.edit(pair[1], watch_list=f"{ann},{nobody}")
    running.incident(pair[1])
    running.incidents.unseen = {ann}
    running.incidents.edit(pair[1], watch_list=nobody)
    running.incident(pair[1])
    assert (watching(running, pair[0]), listed(running, pair[1])) == (set(), nobody)


def test_who_is_taken_off_the_case_goes_although_not_shown(running: Running, pair: tuple[str, str]) -> None:
    running.incidents.unseen = {both_watch(running, pair)}
    running.cases.records[pair[0]]["watchers"] = set()
    running.case(pair[0])
    running.sweep()
    assert (watching(running, pair[0]), listed(running, pair[1])) == (set(), "")


def test_a_new_case_keeps_its_watcher_who_is_hidden_before_the_first_pass(running: Running) -> None:
    ann = running.incidents.add_user(ANN)
    running.incident(running.incidents.make("t", watch_list=ann))
    case_id, sys_id = running.linked()
    running.incidents.unseen = {ann}
    running.sweep()
    assert (watching(running, case_id), listed(running, sys_id)) == ({ANN}, ann)


def test_a_column_hidden_from_us_is_the_setup_s_and_removes_nobody(running: Running, pair: tuple[str, str]) -> None:
    both_watch(running, pair)
    running.incidents.emails_hidden = True
    with pytest.raises(Misconfigured):
        running.run(running.wake(CASE, pair[0], sweep=True))
    assert watching(running, pair[0]) == {ANN}


def test_another_column_can_hold_the_watchers() -> None:
    running = Running(mapping={"watchers": {"column": "work_notes_list"}})
    running.case(running.cases.make("t"))
    case_id, sys_id = running.linked()
    running.cases.records[case_id]["watchers"] = {ANN}
    running.case(case_id)
    ann = running.incidents.add_user(ANN)
    assert listed(running, sys_id) == ann
    running.sweep()
    assert (watching(running, case_id), listed(running, sys_id)) == ({ANN}, ann)
    running.incidents.edit(sys_id, work_notes_list=f"{ann},{running.incidents.add_user(BOB)}")
    running.incident(sys_id)
    assert watching(running, case_id) == {ANN, BOB}


STRANGER = "x@evil.example"
PLACES = ("case", "incident")


def watch(running: Running, pair: tuple[str, str], place: str, *addresses: str) -> None:
    if place == "case":
        running.cases.records[pair[0]]["watchers"] = set(addresses)
        running.case(pair[0])
    else:
        running.incidents.edit(pair[1], watch_list=",".join(addresses))
        running.incident(pair[1])


def said(running: Running, pair: tuple[str, str]) -> dict[str, int]:
    texts = {"case": running.comments(pair[0]), "incident": running.journal(pair[1])}
    return {place: sum("[Integration] watchers-stay" in text for text in told) for place, told in texts.items()}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("domains", [None, ["Here.example"]])
def test_only_allowed_domains_cross_and_the_rest_is_told_once(place: str, domains: list[str] | None) -> None:
    """By default the response team's domains. Who stays, stays through any number of passes; nothing names them."""
    running = Running(mapping={"watchers": {"domains": domains}} if domains else None)
    running.cases.team = ("lead@here.example",)
    running.case(running.cases.make("t"))
    pair = running.linked()
    for others in ((ANN,), (ANN, "bob@sub.here.example"), (ANN,), (ANN, "bob@here.example.evil")):
        watch(running, pair, place, *others, STRANGER)
        running.sweep()
    there = {"case": watching(running, pair[0]), "incident": set(listed(running, pair[1]).split(","))}
    assert there[place] == {ANN, STRANGER, "bob@here.example.evil"}
    (crossed,) = (there[other] for other in PLACES if other != place)
    assert {running.incidents.known_users.get(one, one) for one in crossed} == {ANN}
    assert said(running, pair) == {place: 3, **{other: 0 for other in PLACES if other != place}}
    texts = running.journal(pair[1]) + running.comments(pair[0])
    assert not any("evil" in text for text in texts)
    assert not any("evil" in repr(row) for row in running.links.rows.values())


def test_a_new_case_gets_no_stranger(running: Running) -> None:
    running.incident(running.incidents.make("t", watch_list=f"{ANN},{STRANGER}"))
    pair = running.linked()
    assert watching(running, pair[0]) == {ANN}
    assert said(running, pair) == {"case": 0, "incident": 1}


@pytest.mark.parametrize("place", PLACES)
def test_who_watched_both_before_still_goes_from_both(running: Running, pair: tuple[str, str], place: str) -> None:
    """What is allowed decides who is added; a reader taken away on one side is never kept on the other."""
    watch(running, pair, "incident", "bob@out.example")
    running.cases.team = (ANN,)
    watch(running, pair, place)
    running.sweep()
    assert (watching(running, pair[0]), listed(running, pair[1])) == (set(), "")


def test_a_closed_case_is_told_nothing_and_its_watchers_stay(running: Running, pair: tuple[str, str]) -> None:
    running.cases.records[pair[0]] |= {"status": "Closed", "watchers": {STRANGER}}
    running.case(pair[0])
    running.sweep()
    assert (listed(running, pair[1]), said(running, pair)) == ("", {"case": 0, "incident": 0})
