"""The comparison itself: what vanishes, comes and changes is told apart, and each fails."""

import pytest

from tests.identity.golden import WRITES, check

KEPT = {"queue": {"name": "q", "members": ["a", "b"]}, "none": {}}
DIFFERENT = {
    "gone": ({"queue": {"name": "q", "members": ["a"]}, "none": {}}, "gone: /queue/members/1 = 'b'"),
    "new": (KEPT | {"more": 1}, "new: /more = 1"),
    "changed": (KEPT | {"queue": {"name": "r", "members": ["a", "b"]}}, "changed: /queue/name = 'q' -> 'r'"),
    "emptied": (KEPT | {"none": []}, "changed: /none = {} -> []"),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(WRITES, "1")
    check("kept", KEPT, tmp_path)
    monkeypatch.delenv(WRITES)
    return tmp_path


def test_the_same_passes(folder):
    check("kept", KEPT, folder)


@pytest.mark.parametrize("how", DIFFERENT)
def test_each_difference_fails_and_is_named(folder, how):
    found, told = DIFFERENT[how]
    with pytest.raises(AssertionError, match="make identity") as failed:
        check("kept", found, folder)
    assert told in str(failed.value)


def test_what_was_never_kept_is_new(folder):
    with pytest.raises(AssertionError, match="new: /a = 1"):
        check("other", {"a": 1}, folder)
