"""`make audit` takes no silence for a clean answer, and its bill of materials names what the bundle holds."""

from __future__ import annotations

import json
import re

import pytest

from tests.docs.audit import LOCKS, bill, of_npm, of_pip
from tests.docs.pages import ROOT

LOCK = (ROOT / LOCKS[0]).read_text()


def test_the_bill_names_every_locked_package_with_its_hashes():
    made = bill(LOCK, "1.0.0")
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    wanted = re.findall(r"^([a-z0-9][^=\s]*)==([^\s\\;]+)", LOCK, re.MULTILINE)
    assert [(each["name"], each["version"]) for each in made["components"]] == wanted
    assert sum(len(each["properties"]) for each in made["components"]) == LOCK.count("--hash=sha256:")
    assert all(each["purl"] == f"pkg:pypi/{each['name']}@{each['version']}" for each in made["components"])


def test_an_equal_lock_gives_an_equal_bill():
    assert bill(LOCK, "1") == bill(LOCK, "1")
    assert bill(LOCK, "1")["serialNumber"] != bill(LOCK + "\n", "1")["serialNumber"]


CLEAN = {"name": "six", "version": "1", "vulns": []}
BAD = {"name": "six", "version": "1", "vulns": [{"id": "PYSEC-1"}]}
UNKNOWN = {"name": "six", "skip_reason": "not found"}
PIP = [
    ({"dependencies": [CLEAN]}, [], False),
    ({"dependencies": [BAD, CLEAN]}, ["six 1: PYSEC-1"], False),
    ({"dependencies": [UNKNOWN, CLEAN]}, [], True),
    ({"dependencies": [UNKNOWN, BAD]}, ["six 1: PYSEC-1"], True),
    ("TimeoutExpired", [], True),
    ("", [], True),
]


@pytest.mark.parametrize(("told", "known", "untold"), PIP)
def test_what_pip_audit_did_not_look_up_is_said(told, known, untold):
    """It ends with 0 where its database knows none of the packages."""
    found, missing = of_pip(told if isinstance(told, str) else json.dumps(told))
    assert (found, bool(missing)) == (known, untold)


NPM = [
    ({"vulnerabilities": {}}, [], False),
    ({"vulnerabilities": {"aws-cdk": {"severity": "high"}}}, ["aws-cdk: high"], False),
    ({"message": "405 Method Not Allowed"}, [], True),
    ("", [], True),
]


@pytest.mark.parametrize(("told", "known", "untold"), NPM)
def test_npm_without_its_database_is_said(told, known, untold):
    found, missing = of_npm(told if isinstance(told, str) else json.dumps(told))
    assert (found, bool(missing)) == (known, untold)
