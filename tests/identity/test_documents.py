"""That a document's members are kept: what vanishes or is new fails, and says so."""

import pytest

from tests.identity import documents
from tests.identity.documents import check_document
from tests.identity.golden import WRITES

SHOWN = ({"links": [{"id": 1}], "lag": {"p50": 2.0}}, {"links": [], "lag": {"p50": None}})
OTHER = {
    "a member gone": ({"links": []}, "gone: .lag.p50"),
    "a member new": ({"links": [], "lag": {"p50": 1, "p95": 2}}, "new: .lag.p95"),
    "a member of a list new": ({"links": [{"number": 1}], "lag": {"p50": 1}}, r"new: .links\[\].number"),
    "a command nobody kept": (None, "new: .a"),
}


@pytest.fixture(autouse=True)
def kept(monkeypatch, tmp_path):
    """Two documents of one command."""
    monkeypatch.setattr(documents, "FILE", tmp_path / "documents.json")
    monkeypatch.setenv(WRITES, "1")
    for each in SHOWN:
        check_document("status", each)
    monkeypatch.delenv(WRITES)


def test_what_was_kept_passes():
    for each in SHOWN:
        check_document("status", each)


@pytest.mark.parametrize("what", OTHER)
def test_another_member_fails(what):
    document, told = OTHER[what]
    with pytest.raises(AssertionError, match=told):
        check_document("status" if document else "other", document or {"a": 1})
