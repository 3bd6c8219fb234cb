"""Pictures of a run: drawn of stored figures, which a new run replaces only where they moved by more than noise."""

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from bench import pictured, plots
from bench.burst import Burst
from bench.figures import Figures
from bench.growth import Grown

BURST = Burst("new cases", 1000, 80.0, 2100, 8000, 0.1, (), tuple((float(at), 12 * at) for at in range(84)))
FOUND = Figures(grown=[Grown(3, 2, 4, 2, 900), Grown(1004, 2, 4, 42, 900)], bursts=[BURST])


@pytest.fixture(autouse=True)
def room(monkeypatch, tmp_path):
    monkeypatch.setattr(pictured, "STORE", tmp_path / "performance.json")
    monkeypatch.setattr(plots, "IMAGES", tmp_path)


def later(seconds=0.0, calls=2100, count=1000):
    slower = tuple((at + seconds, done) for at, done in BURST.progress)
    return replace(FOUND, bursts=[replace(BURST, progress=slower, servicenow_calls=calls, count=count)])


MOVED = [
    ("nothing", FOUND, set()),
    ("seconds within the noise", later(seconds=5), set()),
    ("seconds beyond it", later(seconds=20), {"burst"}),
    ("a floor within the noise", later(calls=2152), set()),
    ("a floor beyond it", later(calls=4000), {"burst"}),
    ("other records", later(count=500), {"burst"}),
    ("one call", replace(FOUND, grown=[Grown(3, 2, 4, 2, 900), Grown(1004, 3, 4, 42, 900)]), {"growth"}),
    ("bytes, not shown", replace(FOUND, grown=[replace(each, link_bytes=1) for each in FOUND.grown]), set()),
    ("a part that was not measured", replace(FOUND, bursts=[]), set()),
]  # fmt: skip


@pytest.mark.parametrize(("what", "now", "changed"), MOVED, ids=lambda each: each if isinstance(each, str) else "")
def test_a_picture_changes_only_where_a_figure_moved(what, now, changed):
    paths = plots.draw(FOUND)
    before = {path: path.read_bytes() for path in (*paths, pictured.STORE)}
    plots.draw(now)
    different = {path.stem.removeprefix("performance-") for path in paths if path.read_bytes() != before[path]}
    assert different == changed
    assert (pictured.STORE.read_bytes() != before[pictured.STORE]) == bool(changed)


def test_a_burst_is_stored_in_few_points_and_to_its_end():
    [burst] = pictured.shown(FOUND)["burst"]
    assert len(burst["progress"]) <= pictured.POINTS + 3
    assert (burst["progress"][0], burst["progress"][-1]) == ([0.0, 0], [83.0, 996])


def test_what_is_stored_is_what_is_drawn():
    kept = pictured.keep(FOUND)
    assert json.loads(pictured.STORE.read_text()) == kept == pictured.stored()


def test_a_picture_holds_its_words_as_text_and_whole_numbers():
    plots.draw(FOUND)
    text = (plots.IMAGES / "performance-growth.svg").read_text()
    words = [each.text for each in ET.fromstring(text).iter("{http://www.w3.org/2000/svg}text")]
    assert {"comments on the case", "calls for one more", "DynamoDB", "1004"} <= set(words)
    assert "." not in text.partition("<rect")[2].replace("performance.", "")


@pytest.mark.parametrize("greatest", [0.4, 1, 3, 11, 42, 78, 100, 999, 1000])
def test_an_axis_has_few_round_steps(greatest):
    ticks = list(plots.steps(greatest))
    assert ticks[0] == 0
    assert ticks[-1] <= greatest
    assert 2 <= len(ticks) <= 8
