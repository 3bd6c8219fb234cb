"""Files both ways: by ledger and never by name, whole or not at all, and what cannot be carried is told once."""

import pytest

from bench.memory import large_file_to_case, large_file_to_incident
from integration.aws_plane.faults import Effect, Fault
from integration.operations.cases.people import sha256
from tests.e2e.shift import told, written

MIB = 1 << 20
ALPHABET = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""What every scanner takes for malware, by agreement."""
NAMES = [
    "notes.txt",
    "a b/c ü.tar.gz",
    "x" * 240 + ".log",
    "\U0001f525",
    "..",
    "same.txt",
    "same.txt",
    "Ünïcode (1).pdf",
]


def on_case(day, pair):
    return sorted(a["sha256"] for a in day.case(pair.case_id)["caseAttachments"] if a.get("sha256"))


def on_incident(day, pair):
    return sorted(file["hash"] for file in day.files(pair.sys_id))


def hashes(*contents):
    return sorted(sha256(content) for content in contents)


def test_a_file_goes_each_way_once(day):
    pair = day.opened()
    day.attach_to_case(pair.case_id, "trail.json", b'{"events": 3}')
    day.attach_to_incident(pair.sys_id, "who.txt", b"who, when")
    both = hashes(b'{"events": 3}', b"who, when")
    day.until(lambda: on_incident(day, pair) == on_case(day, pair) == both)
    day.sweep(pair)
    day.quiet()
    assert on_incident(day, pair) == on_case(day, pair) == both
    assert {file["file_name"] for file in day.files(pair.sys_id)} == {"trail.json", "who.txt"}


def test_any_name_arrives_under_one_that_aws_takes_and_two_of_a_name_are_two(day):
    pair = day.reported()
    contents = [f"content {number}".encode() for number in range(len(NAMES))]
    for name, content in zip(NAMES, contents, strict=True):
        day.attach_to_incident(pair.sys_id, name, content)
    day.until(lambda: on_case(day, pair) == hashes(*contents))
    day.quiet()
    names = [a["fileName"] for a in day.case(pair.case_id)["caseAttachments"]]
    assert len(set(names)) == len(NAMES)
    assert all(1 <= len(name) <= 255 and set(name) <= ALPHABET for name in names)
    assert sorted(file["file_name"] for file in day.files(pair.sys_id)) == sorted(NAMES)


def test_a_new_version_under_an_old_name_is_carried_too(day):
    pair = day.opened()
    for content in (b"first", b"second"):
        day.attach_to_incident(pair.sys_id, "report.pdf", content)
        day.until(lambda content=content: sha256(content) in on_case(day, pair))
    day.quiet()
    assert on_case(day, pair) == hashes(b"first", b"second")


def test_what_cannot_be_carried_is_told_once_with_name_and_reason(day):
    """Empty, too large or refused by a malware scan, on either side; the rest goes on."""
    pair = day.opened()
    large = b"x" * (5 * MIB + 1)
    for name, content in (("empty.log", b""), ("disk.img", large), ("sample.bin", EICAR), ("fine.txt", b"fine")):
        day.attach_to_incident(pair.sys_id, name, content)
    for name, content in (("memory.img", large), ("tool.exe", EICAR), ("good.txt", b"good")):
        day.attach_to_case(pair.case_id, name, content)
    on_case_said = {"empty.log": ["empty"], "disk.img": ["larger", "5,242,881 bytes", sha256(large), "ServiceNow"]}
    on_incident_said = {
        "memory.img": ["5,242,881 bytes", "stays in AWS"], "tool.exe": ["malware scan"], "sample-": ["malware scan"],
    }  # fmt: skip
    day.until(lambda: all(told(day.comments(pair), name) for name in on_case_said))
    day.until(lambda: all(told(day.notes(pair), name) for name in on_incident_said))
    day.until(lambda: sha256(b"fine") in on_case(day, pair) and sha256(b"good") in on_incident(day, pair))
    day.sweep(pair)
    day.quiet()
    for read, said in ((day.comments, on_case_said), (day.notes, on_incident_said)):
        for name, words in said.items():
            (note,) = told(read(pair), name)
            assert [word for word in words if word not in note] == []
    assert on_incident(day, pair) == hashes(b"", large, EICAR, b"fine", b"good")


def test_a_pending_file_waits_without_holding_up_the_rest(day):
    pair = day.opened()
    with day.switched("security_ir", scan_delay_s=None):
        day.attach_to_case(pair.case_id, "slow.bin", b"slow")
        day.respond(pair.case_id, "comment", body="Meanwhile.")
        day.until(lambda: written(day.notes(pair), "Meanwhile.") == 1)
        day.quiet()
        assert on_incident(day, pair) == []
        day.respond(pair.case_id, "scan")
        day.until(lambda: on_incident(day, pair) == hashes(b"slow"))


def test_a_case_closes_only_after_a_file_the_instance_holds_back(day):
    """A new file is scanned before ServiceNow gives it out; a closed case would not take it any more."""
    pair = day.opened()
    day.quiet()
    with day.switched("servicenow", attachment_state_delay_s=4):
        day.attach_to_incident(pair.sys_id, "last.txt", b"last")
        day.close_incident(pair, work_notes="Closing now.")
        day.until(lambda: written(day.comments(pair), "Closing now.") == 1)
        day.until(lambda: [file["state"] for file in day.files(pair.sys_id)] == ["available"])
    day.arrives_in_the_end(pair, lambda: day.status(pair) == "Closed")
    assert on_case(day, pair) == hashes(b"last")


def test_files_the_instance_refuses_are_told_once_each_and_the_rest_goes_on(day):
    """By extension, by size."""
    pair = day.opened()
    with day.properties(glide__attachment__extensions="txt,pdf", com__glide__attachment__max_size="1"):
        for name, content in (("tool.exe", b"x"), ("big.txt", b"x" * (MIB + 1)), ("fine.txt", b"fine")):
            day.attach_to_case(pair.case_id, name, content)
        day.respond(pair.case_id, "comment", body="See the tool.")
        day.until(lambda: len(told(day.comments(pair), "refused")) == 2)
        day.until(lambda: on_incident(day, pair) == hashes(b"fine"))
        day.until(lambda: written(day.notes(pair), "See the tool.") == 1)
        day.sweep(pair)
        day.quiet()
        assert len(told(day.comments(pair), "refused")) == 2
        assert on_incident(day, pair) == hashes(b"fine")


def test_a_file_removed_from_the_incident_is_told_and_kept_on_the_case(day):
    pair = day.opened()
    for name in ("keep.txt", "gone.txt"):
        day.attach_to_incident(pair.sys_id, name, name.encode())
    day.until(lambda: len(on_case(day, pair)) == 2)
    day.quiet()
    (gone,) = [file["sys_id"] for file in day.files(pair.sys_id) if file["file_name"] == "gone.txt"]
    day.erase(gone, "sys_attachment")
    day.until(lambda: told(day.comments(pair), "was removed"))
    day.sweep(pair)
    day.quiet()
    assert len(told(day.comments(pair), "was removed")) == 1
    assert on_case(day, pair) == hashes(b"keep.txt", b"gone.txt")


def test_100_mib_go_each_way_within_the_memory_of_a_function(itsm_day):
    """Streamed: peak resident memory of the function's process, as the kernel counts it."""
    day = itsm_day
    with day.settings(max_attachment_mb=100):
        found = [move(day.running, 100) for move in (large_file_to_incident, large_file_to_case)]
        assert [peak for peak in found if peak.peak >= 256] == []


def test_the_fifty_first_file_is_told(itsm_day):
    day = itsm_day
    pair = day.opened()
    day.quiet()
    for number in range(50):
        day.attach_to_case(pair.case_id, f"f{number:02d}.txt", f"{number}".encode())
    day.attach_to_incident(pair.sys_id, "one-more.txt", b"one more")
    day.until(lambda: told(day.comments(pair), "one-more.txt"))
    day.until(lambda: len(on_incident(day, pair)) == 51)
    day.quiet()
    assert (len(on_case(day, pair)), len(told(day.comments(pair), "one-more.txt"))) == (50, 1)


def uploads_to_aws(day, kind):
    """Its URL was issued; the PUT failed, or its answer was lost."""
    day.break_security_ir(operation="PutAttachment", kind=kind)
    return day.attach_to_incident


def downloads_from_servicenow(day, kind):
    day.break_servicenow(kind=kind, method="GET", path="*/attachment/*/file")
    return day.attach_to_incident


def downloads_from_aws(day, kind):
    day.break_security_ir(operation="GetAttachment", kind=kind)
    return day.attach_to_case


def uploads_to_servicenow(day, kind):
    day.break_servicenow(kind=kind, method="POST", path="*/attachment/file")
    return day.attach_to_case


BREAKS = {
    uploads_to_aws: ["reset-before", "reset-after", "truncated", "403", "html"],
    downloads_from_servicenow: ["reset-after", "truncated-200", "500", "html-200", "401"],
    downloads_from_aws: ["reset-before", "truncated", "html", "403"],
    uploads_to_servicenow: ["reset-before", "reset-after", "500-after-commit"],
}


@pytest.mark.parametrize("transfers", BREAKS, ids=lambda transfers: transfers.__name__)
def test_a_transfer_that_breaks_is_made_once_and_whole(day, transfers):
    """Nothing broken is ever stored as content, and nothing is claimed as done that was not."""
    pair = day.opened()
    day.quiet()
    for kind in BREAKS[transfers]:
        attach = transfers(day, kind)
        attach(pair.sys_id if attach == day.attach_to_incident else pair.case_id, f"{kind}.txt", kind.encode())
        both = {sha256(kind.encode())}
        day.arrives_in_the_end(
            pair, lambda both=both: day.spent() and both <= {*on_case(day, pair)} & {*on_incident(day, pair)}
        )
    day.quiet()
    contents = [kind.encode() for kind in BREAKS[transfers]]
    assert on_case(day, pair) == on_incident(day, pair) == hashes(*contents)


@pytest.mark.parametrize("effect", [Effect.KILL_BEFORE, Effect.KILL_AFTER])
def test_a_pass_that_dies_when_its_upload_url_was_issued_is_followed(day, effect):
    pair = day.opened()
    day.quiet()
    day.plane.faults.add(Fault("security-ir:GetCaseAttachmentUploadUrl", effect))
    day.attach_to_incident(pair.sys_id, "evidence.txt", b"all of it")
    day.until(day.spent)
    day.arrives_in_the_end(pair, lambda: sha256(b"all of it") in on_case(day, pair))
    day.quiet()
    assert on_case(day, pair) == hashes(b"all of it")
