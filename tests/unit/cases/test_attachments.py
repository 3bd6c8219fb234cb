"""Files both ways: by ledger, once, and what cannot be carried is told."""

from __future__ import annotations

import pytest

from mappers.attachments import case_file_name
from tests.fakes.running import Running
from tests.fakes.world import Killed

MIB = 1 << 20
CLOSED = {"incident": "7", "sn_si_incident": "3"}


def files_on_incident(running: Running, sys_id: str) -> list[tuple[str, bytes]]:
    return [(f["name"], f["content"]) for f in running.incidents.records[sys_id]["files"]]


def files_on_case(running: Running, case_id: str) -> list[tuple[str, bytes]]:
    return [(f["name"], f["content"]) for f in running.cases.records[case_id]["files"]]


def test_a_file_of_the_case_arrives_once(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.cases.add_file(case_id, "trail.json", b"{}")
    running.case(case_id)
    running.sweep()
    assert files_on_incident(running, sys_id) == [("trail.json", b"{}")]
    assert len(files_on_case(running, case_id)) == 1


@pytest.mark.parametrize("name", ["notes.txt", "a b/c ü.tar.gz", "x" * 240 + ".log", "🔥", ".."])
def test_a_file_of_the_incident_arrives_once_under_a_name_aws_takes(
    running: Running, pair: tuple[str, str], name: str
) -> None:
    case_id, sys_id = pair
    running.incidents.add_file(sys_id, name, b"content")
    running.incident(sys_id)
    running.sweep()
    ((there, content),) = files_on_case(running, case_id)
    assert content == b"content"
    assert 1 <= len(there) <= 255
    assert set(there) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    assert len(files_on_incident(running, sys_id)) == 1


def test_two_files_of_one_name_are_two(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.incidents.add_file(sys_id, "report.pdf", b"first")
    running.incident(sys_id)
    running.incidents.add_file(sys_id, "report.pdf", b"second")
    running.incident(sys_id)
    running.sweep()
    assert sorted(content for _, content in files_on_case(running, case_id)) == [b"first", b"second"]


def test_a_pending_file_waits_without_holding_up_the_rest(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.cases.add_file(case_id, "slow.bin", b"1", status="Pending")
    running.cases.add_comment(case_id, "meanwhile")
    running.case(case_id)
    assert files_on_incident(running, sys_id) == []
    assert any("meanwhile" in text for text in running.journal(sys_id))
    assert running.links.rows[case_id]["due"] <= running.world.now + 30
    running.cases.records[case_id]["files"][0]["status"] = "Verified"
    running.case(case_id, sweep=True)
    assert files_on_incident(running, sys_id) == [("slow.bin", b"1")]


def closed_with_a_pending_file(running: Running, case_id: str, sys_id: str) -> None:
    running.incidents.add_file(sys_id, "last.txt", b"last", state="pending")
    running.incidents.edit(sys_id, state=CLOSED[running.incidents.table], work_notes="Closing now.", close_code="x")
    running.incident(sys_id)


def test_a_closure_waits_for_a_file_the_instance_still_holds(running: Running, pair: tuple[str, str]) -> None:
    """A closed case takes nothing any more; what else was saved with the closure is there already."""
    case_id, sys_id = pair
    closed_with_a_pending_file(running, case_id, sys_id)
    assert running.status(case_id) == "Submitted"
    assert any("Closing now." in comment for comment in running.comments(case_id))
    assert running.links.rows[case_id]["due"] <= running.world.now + 30
    running.incidents.records[sys_id]["files"][0]["state"] = "available"
    running.case(case_id, sweep=True)
    running.case(case_id, sweep=True)
    assert (running.status(case_id), len(files_on_case(running, case_id))) == ("Closed", 1)


def test_a_closure_waits_ten_minutes_at_most(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    closed_with_a_pending_file(running, case_id, sys_id)
    running.world.now += 601
    running.case(case_id, sweep=True)
    assert running.status(case_id) == "Closed"


def test_a_file_the_instance_made_unavailable_is_told_once(running: Running, pair: tuple[str, str]) -> None:
    """Its antivirus scan found something."""
    case_id, sys_id = pair
    running.incidents.add_file(sys_id, "bad.exe", b"1", state="not_available")
    for _ in range(3):
        running.incident(sys_id, sweep=True)
    assert files_on_case(running, case_id) == []
    assert sum("bad.exe" in text for text in running.comments(case_id)) == 1


def test_a_file_that_failed_its_scan_is_told_once(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.cases.add_file(case_id, "bad.exe", b"1", status="Failed")
    for _ in range(3):
        running.case(case_id, sweep=True)
    assert files_on_incident(running, sys_id) == []
    assert sum("bad.exe" in text for text in running.journal(sys_id)) == 1


@pytest.mark.parametrize(("content", "word"), [(b"", "empty"), (b"x" * (5 * MIB + 1), "larger")])
def test_what_aws_does_not_get_is_told_once_with_its_name(
    running: Running, pair: tuple[str, str], content: bytes, word: str
) -> None:
    case_id, sys_id = pair
    running.incidents.add_file(sys_id, "evidence.img", content)
    for _ in range(3):
        running.incident(sys_id, sweep=True)
    assert files_on_case(running, case_id) == []
    told = [comment for comment in running.comments(case_id) if "evidence.img" in comment]
    assert len(told) == 1
    assert word in told[0]


def test_a_large_file_of_the_case_is_told_once(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.cases.add_file(case_id, "dump.img", b"x" * (5 * MIB + 1))
    for _ in range(3):
        running.case(case_id, sweep=True)
    assert files_on_incident(running, sys_id) == []
    assert sum("dump.img" in text for text in running.journal(sys_id)) == 1


def test_the_limit_can_be_raised() -> None:
    running = Running(mapping={"attachments": {"max_mb": 20}})
    running.case(running.cases.make("Root key used"))
    case_id, sys_id = running.linked()
    running.cases.add_file(case_id, "dump.img", b"x" * (6 * MIB))
    running.case(case_id)
    assert len(files_on_incident(running, sys_id)) == 1


def test_the_fifty_first_file_is_told(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    for number in range(50):
        running.cases.add_file(case_id, f"f{number}", b"1")
    running.incidents.add_file(sys_id, "one-more.txt", b"1")
    running.incident(sys_id)
    assert len(files_on_case(running, case_id)) == 50
    assert sum("one-more.txt" in comment for comment in running.comments(case_id)) == 1


def test_a_refused_extension_is_told_and_the_rest_goes_on(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.incidents.refuse = lambda what, values: "extension not allowed" if what == "upload" else None
    running.cases.add_file(case_id, "tool.exe", b"1")
    running.cases.add_comment(case_id, "see the tool")
    running.case(case_id)
    running.case(case_id, sweep=True)
    assert any("see the tool" in text for text in running.journal(sys_id))
    assert sum("extension not allowed" in comment for comment in running.comments(case_id)) == 1


def test_a_file_removed_from_the_incident_is_told_and_kept(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.incidents.add_file(sys_id, "keep.txt", b"1")
    running.incidents.add_file(sys_id, "gone.txt", b"2")
    running.incident(sys_id)
    del running.incidents.records[sys_id]["files"][1]
    for _ in range(2):
        running.incident(sys_id, sweep=True)
    assert len(files_on_case(running, case_id)) == 2
    assert sum("removed" in comment for comment in running.comments(case_id)) == 1


@pytest.mark.parametrize(("status", "outcome"), [("Verified", "nothing new"), ("Failed", "in step")])
def test_the_scan_of_a_file_we_uploaded_is_news_only_where_it_failed(
    running: Running, pair: tuple[str, str], status: str, outcome: str
) -> None:
    """AWS scans it after the pass that carried it: to tell of it must cost no pass and no read of the ledger."""
    case_id, sys_id = pair
    running.incidents.add_file(sys_id, "trail.json", b"{}")
    running.incident(sys_id)
    (file,) = running.cases.records[case_id]["files"]
    file["status"] = "Pending"
    running.incidents.add_file(sys_id, "second.json", b"{}")
    running.incident(sys_id)
    file["status"] = status
    report = running.case(case_id)
    assert report
    assert report.outcome == outcome
    assert sum("trail" in text for text in running.journal(sys_id)) == (status == "Failed")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_at_an_upload_makes_no_second_file(running: Running, pair: tuple[str, str], moment: str) -> None:
    case_id, sys_id = pair
    running.incidents.add_file(sys_id, "a.txt", b"a")
    running.cases.add_file(case_id, "b.txt", b"b")
    died: list[str] = []

    def die(when: str, system: str, call: str) -> None:
        if when == moment and call == "upload" and system not in died:
            died.append(system)
            raise Killed

    running.world.hook = die
    running.case(case_id)
    running.sweep()
    running.sweep()
    assert sorted(died) == ["aws", "servicenow"]
    assert len(files_on_case(running, case_id)) == 2
    assert len(files_on_incident(running, sys_id)) == 2


def test_files_saved_with_the_closure_arrive_before_it(running: Running, pair: tuple[str, str]) -> None:
    case_id, sys_id = pair
    running.incidents.add_file(sys_id, "final.pdf", b"f")
    closed = "7" if running.rules.module == "itsm" else "3"
    running.incidents.edit(sys_id, state=closed, close_code="x", close_notes="y")
    running.incident(sys_id)
    assert running.status(case_id) == "Closed"
    assert len(files_on_case(running, case_id)) == 1


def test_a_name_like_ours_hides_no_file(running: Running, pair: tuple[str, str]) -> None:
    """Somebody on AWS gives a file the name that our copy would have: said, and another is tried."""
    case_id, sys_id = pair
    theirs = running.incidents.add_file(sys_id, "report.pdf", b"from ServiceNow")
    (file,) = running.incidents.snapshot(sys_id, None).attachments
    assert file.sys_id == theirs
    for attempt in (0, 1):
        running.cases.add_file(case_id, case_file_name(file, attempt), b"planted %d" % attempt)
    for _ in range(3):
        running.sweep()
        running.world.now += 7 * 3600
    assert any("refused" in text for text in running.journal(sys_id))
    on_incident = {f["content"] for f in running.incidents.records[sys_id]["files"]}
    on_case = {f["content"] for f in running.cases.records[case_id]["files"]}
    assert on_incident == on_case == {b"from ServiceNow", b"planted 0", b"planted 1"}
