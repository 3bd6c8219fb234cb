from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.model import CaseAttachment
from mappers.attachments import case_file_name, incident_file_name
from tests.unit.mappers.records import FILE, MOMENT

API = re.compile(r"[a-zA-Z0-9._-]{1,255}")
NAMES = st.text(min_size=1, max_size=300) | st.text("a.é/ -_", min_size=1, max_size=20)
SYS_IDS = st.text("0123456789abcdef", min_size=32, max_size=32)

EXAMPLES = [
    ("log.txt", "log-8b3f0c5e9d1a.txt"),
    ("my report (final).pdf", "my_report_final-8b3f0c5e9d1a.pdf"),
    ("Prüfbericht.pdf", "Prufbericht-8b3f0c5e9d1a.pdf"),
    ("../../etc/passwd", "passwd-8b3f0c5e9d1a"),
    ("C:\\Users\\beth\\a.log", "a-8b3f0c5e9d1a.log"),
    ("証拠.zip", "file-8b3f0c5e9d1a.zip"),
    ("archive.tar.gz", "archive.tar-8b3f0c5e9d1a.gz"),
    (".bashrc", ".bashrc-8b3f0c5e9d1a"),
    ("no extension", "no_extension-8b3f0c5e9d1a"),
    ("ends.", "ends.-8b3f0c5e9d1a"),
    ("x." + "y" * 40, f"x.{'y' * 40}-8b3f0c5e9d1a"),
]


@pytest.mark.parametrize(("name", "on_case"), EXAMPLES)
def test_a_name_stays_readable(name, on_case):
    file = replace(FILE, file_name=name, sys_id="00000000000000000000" + "8b3f0c5e9d1a")
    assert case_file_name(file) == on_case


def test_a_second_attempt_has_another_name():
    assert case_file_name(FILE, 2) == "log-4f7e8b3f0c5e9d1a"[:4] + f"{FILE.sys_id[-12:]}-2.txt"


@given(NAMES, SYS_IDS, st.integers(0, 12))
def test_every_name_is_one_the_api_takes(name, sys_id, attempt):
    given_name = case_file_name(replace(FILE, file_name=name, sys_id=sys_id), attempt)
    assert API.fullmatch(given_name)


@given(NAMES, st.lists(st.tuples(SYS_IDS, st.integers(0, 3)), unique_by=lambda x: (x[0][-12:], x[1]), max_size=6))
def test_files_of_one_name_have_different_names_on_the_case(name, files):
    names = [case_file_name(replace(FILE, file_name=name, sys_id=sys_id), attempt) for sys_id, attempt in files]
    assert len(set(names)) == len(names)


def test_a_name_of_a_case_arrives_as_it_is():
    file = CaseAttachment("a", "evidence.zip", "Verified", "AWS Responder", MOMENT)
    assert incident_file_name(file) == "evidence.zip"
