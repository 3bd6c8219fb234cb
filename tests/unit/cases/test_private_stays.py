"""What is private stays in ServiceNow, over every channel: nothing of it is on AWS afterwards, nor in the table."""

from __future__ import annotations

import pytest

from tests.fakes.running import Running

CANARY = "canary-7f3a"
CLOSED = {"incident": "7", "sn_si_incident": "3"}
MIB = 1 << 20
BEGINNINGS = (
    "[private] ",
    "[PRIVATE]",
    " \ufeff[private] ",
    "[ private ]\n",
    "**[private]** ",
    "> [private] ",
    "\u200b[private]",
    "[code]<p>[private]</p>[/code]",
    "(private) ",
)
UNFIT = {
    "whole": {"content": b"1"},
    "empty": {"content": b""},
    "too large": {"content": b"1" * (6 * MIB)},
    "taken away": {"content": b"1", "state": "not_available"},
}


def everything(running: Running, case_id: str) -> str:
    running.sweep()
    return repr(running.cases.records[case_id])


def close(running: Running, sys_id: str, **columns: str) -> None:
    running.incidents.edit(sys_id, state=CLOSED[running.incidents.table], **columns)
    running.incident(sys_id)


beginnings = pytest.mark.parametrize("beginning", BEGINNINGS)


@beginnings
@pytest.mark.parametrize("journal", ["comments", "work_notes"])
def test_an_entry(running: Running, pair: tuple[str, str], beginning: str, journal: str) -> None:
    case_id, sys_id = pair
    running.incidents.edit(sys_id, **{journal: f"{beginning}{CANARY}"})
    running.incident(sys_id)
    assert CANARY not in everything(running, case_id)


@pytest.mark.parametrize("beginning", ["[private] ", "[Private]", "(private) ", "_[private]_", "\u200b[private]-"])
@pytest.mark.parametrize("kind", UNFIT)
def test_a_file_by_its_name(running: Running, pair: tuple[str, str], beginning: str, kind: str) -> None:
    """Neither its content nor, where AWS could not hold it, its name; removing it says nothing either."""
    case_id, sys_id = pair
    running.incidents.add_file(sys_id, f"{beginning}{CANARY}.txt", **UNFIT[kind])
    running.incidents.add_file(sys_id, "other.txt", b"2")
    running.incident(sys_id)
    running.incidents.records[sys_id]["files"].pop(0)
    there = everything(running, case_id)
    assert CANARY not in there
    assert "too-large" not in there
    assert "other" in there


@pytest.mark.parametrize("module", ["itsm", "ir"])
def test_a_file_of_another_mark(module: str) -> None:
    running = Running(module, {"attachments": {"private_prefix": "internal"}})
    sys_id = running.incidents.make("Odd logins")
    running.incidents.add_file(sys_id, f"Internal {CANARY}.txt", b"1")
    running.incidents.add_file(sys_id, "[private] seen.txt", b"1")
    running.incident(sys_id)
    case_id, _ = running.linked()
    there = everything(running, case_id)
    assert CANARY not in there
    assert "seen" in there


@beginnings
def test_closing_notes_that_are_marked(running: Running, pair: tuple[str, str], beginning: str) -> None:
    case_id, sys_id = pair
    close(running, sys_id, close_notes=f"{beginning}{CANARY}", close_code="Duplicate")
    there = everything(running, case_id)
    assert running.status(case_id) == "Closed"
    assert CANARY not in there
    assert "Duplicate" in there


@pytest.mark.parametrize("module", ["itsm", "ir"])
def test_where_work_notes_are_private_so_are_code_and_notes_of_a_closure(module: str) -> None:
    running = Running(module, {"comments": {"work_notes": "private"}})
    sys_id = running.incidents.make("Odd logins", work_notes=CANARY)
    running.incident(sys_id)
    case_id, _ = running.linked()
    close(running, sys_id, close_notes=CANARY, close_code=CANARY)
    there = everything(running, case_id)
    assert running.status(case_id) == "Closed"
    assert CANARY not in there
    assert "The incident in ServiceNow is" in there


def test_the_loser_of_a_conflict_is_told_where_it_stood(running: Running, pair: tuple[str, str]) -> None:
    """The value of ServiceNow that lost to AWS's goes into the incident's own journal only."""
    case_id, sys_id = pair
    running.incidents.edit(sys_id, short_description=CANARY)
    running.cases.records[case_id]["values"]["title"] = "theirs"
    running.incident(sys_id)
    conflicted = [text for text in running.journal(sys_id) if "conflict" in text]
    there = everything(running, case_id)
    assert bool(conflicted) != (CANARY in there)


@pytest.mark.parametrize("quote", ["'{}'", '"{}"', "“{}”", "«{}»", "`{}`"])
def test_what_a_refusal_quotes_does_not_rest_in_the_table(running: Running, pair: tuple[str, str], quote: str) -> None:
    """The whole sentence stands on the record alone; the row keeps it without what stands in quotes."""
    case_id, sys_id = pair
    said = f"Value {quote.format(CANARY)} at 'title' is too long"
    running.cases.refuse = lambda call: said if call == "UpdateCase" else None
    running.incidents.edit(sys_id, short_description=CANARY)
    running.incident(sys_id)
    blocked = running.links.get(case_id).link.blocked
    assert [block.reason for block in blocked.values()] == ["Value … at 'title' is too long"]
    assert any(said in text for text in running.journal(sys_id))
    assert CANARY not in repr(running.links.rows)


@pytest.mark.parametrize("module", ["itsm", "ir"])
def test_what_a_refused_creation_quotes_does_not_rest_in_the_table(module: str) -> None:
    running = Running(module)
    running.cases.refuse = lambda call: f"Value '{CANARY}' at 'title' is bad" if call == "CreateCase" else None
    sys_id = running.incidents.make("Odd logins")
    running.incident(sys_id)
    blocked = running.links.incident(sys_id).blocked
    assert blocked is not None
    assert blocked.reason == "Value … at 'title' is bad"
    assert any(blocked.reason in text for text in running.journal(sys_id))


def test_three_hundred_files_are_one_note(running: Running, pair: tuple[str, str]) -> None:
    """What one user can add by the hundred is not a comment each; the files come in one by one or together."""
    case_id, sys_id = pair
    for part in range(3):
        for number in range(100):
            running.incidents.add_file(sys_id, f"f{part}-{number}.txt", b"1")
        running.incident(sys_id)
    running.sweep()
    assert len(running.cases.records[case_id]["files"]) == 50
    assert sum("More attachments" in text for text in running.comments(case_id)) == 1
    assert len(running.comments(case_id)) < 15


def test_on_the_next_day_it_is_said_again(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    for day in range(2):
        for number in range(70):
            running.incidents.add_file(sys_id, f"f{day}-{number}.txt", b"1")
        running.incident(sys_id)
        running.world.now += 86400
    assert sum("More attachments" in text for text in running.comments(case_id)) == 2
