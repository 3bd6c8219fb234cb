"""Files are looked at before anything is changed: what cannot be shown is said, what can has its hash."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pytest

from integration.changes.evidence import BadEvidence, chunks, evidence_of, named


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "test-results.xml").write_bytes(b"<tests/>")
    (tmp_path / "security-scan.json").write_bytes(b"{}")
    (tmp_path / "empty.txt").touch()
    (tmp_path / "a=b.txt").write_bytes(b"x")
    (tmp_path / "report").mkdir()
    return tmp_path


def test_each_file_has_a_name_with_its_ending_its_size_and_its_hash():
    """A name without the ending would be refused by an instance that goes by it."""
    both = evidence_of([("Test Results", "test-results.xml"), ("", "security-scan.json")])
    assert [(each.name, each.size, each.content_type) for each in both] == [
        ("Test Results.xml", 8, "application/xml"),
        ("security-scan.json", 2, "application/json"),
    ]
    assert both[0].sha256 == hashlib.sha256(b"<tests/>").hexdigest()
    assert b"".join(chunks(both[0].path)) == b"<tests/>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Test Results=test-results.xml", ("Test Results", "test-results.xml")),
        ("test-results.xml", ("", "test-results.xml")),
        ("a=b.txt", ("", "a=b.txt")),
        ("scan=a=b.txt", ("scan", "a=b.txt")),
    ],
)
def test_a_name_stands_before_the_file(text, expected):
    assert named(text) == expected


BAD = {
    "missing": ([("", "missing.xml")], "missing.xml cannot be read: No such file"),
    "empty": ([("", "empty.txt")], "empty.txt is empty"),
    "a folder": ([("", "report")], "report is a folder"),
    "one name twice": ([("scan", "security-scan.json"), ("scan.json", "security-scan.json")], "two files are called"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_attached_is_named(case):
    given, sentence = BAD[case]
    with pytest.raises(BadEvidence, match=sentence):
        evidence_of(given)


def test_sixty_megabytes_are_read_in_pieces(folder):
    """The peak of a process of its own, hashed and read once more."""
    with (folder / "large.bin").open("wb") as file:
        os.truncate(file.fileno(), 60 * 1024 * 1024)
    code = (
        "import re, resource\nfrom pathlib import Path\nfrom integration.changes.evidence import chunks, evidence_of\n"
        "[one] = evidence_of([('', 'large.bin')])\nassert sum(map(len, chunks(one.path))) == one.size == 62914560\n"
        "status = Path('/proc/self/status')\n"  # Linux counts the parent's memory as the child's, but not there
        "known = re.findall(r'VmHWM:\\s+(\\d+)', status.read_text()) if status.exists() else []\n"
        "print(known[0] if known else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ)
    assert int(done.stdout) < 100 * 1024
