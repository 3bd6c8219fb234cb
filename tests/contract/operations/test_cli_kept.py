"""What can be made again is made once, whole, and not kept for ever."""

import os
from pathlib import Path

import pytest

from integration.operations.deployment.build_cache import kept_folder


@pytest.fixture
def keep(tmp_path):
    """Keeps a folder by this name, at most two; the names that were made."""
    made = []

    def one(name, most=2):
        def make(folder):
            made.append(name)
            (folder / "content").write_text(name)

        folder = kept_folder(tmp_path / name, make, most)
        os.utime(folder, (len(made), len(made)))
        return folder

    one.made = made
    return one


def test_it_is_made_once(keep):
    assert keep("a") == keep("a")
    assert keep.made == ["a"]
    assert (keep("a") / "content").read_text() == "a"


def test_those_last_used_stay(keep, tmp_path):
    for name in "abc":
        keep(name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "c"]
    kept_folder(tmp_path / "b", keep, 2)  # used: now newer than c
    keep("d")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "d"]


def test_what_fails_half_way_leaves_nothing(tmp_path):
    def fail(folder):
        (folder / "half").write_text("x")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept_folder(tmp_path / "a", fail, 2)
    assert not list(tmp_path.iterdir())


def test_of_two_at_once_one_stays_whole(tmp_path):
    def make(folder):
        (folder / "content").write_text("slow")
        quick = tmp_path / "a"
        quick.mkdir()
        (quick / "content").write_text("quick")

    assert (kept_folder(tmp_path / "a", make, 2) / "content").read_text() == "quick"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_cannot_be_kept_is_told(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError("read-only")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(PermissionError):
        kept_folder(tmp_path / "a", lambda folder: (folder / "content").write_text("x"), 2)
    assert not list(tmp_path.iterdir())
