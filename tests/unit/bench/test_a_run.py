"""A run is told whole: what missed its aim, and what could not be measured."""

import json
from collections import Counter

import pytest

from bench import __main__ as run
from bench import measure, page
from bench.burst import Burst
from bench.cold import Start
from bench.counters import Counts
from bench.crossings import AIM, Crossings
from bench.figures import Figures
from bench.gate import Gated
from bench.growth import Grown, Polled
from bench.measure import Measured
from bench.memory import Peak
from bench.rows import poll, rows
from bench.workspace_end import Ended
from bench.workspace_load import IN_ONE, Together
from bench.workspaces import ACTIONS, NEW_S, Acted

ASKED_FOR = {"name", "security_ir_calls", "servicenow_calls", "other_aws_calls", "floor_calls", "lag_s", "floor_s"}


def counts(row, more=0):
    return Counts(row.floor.aws, more, row.floor.servicenow, detail=Counter({"dynamodb:GetItem": 1}))


def crossing(trips):
    return Crossings(800, 300, 36, Counter({("integration/cases/a.py", "integration/cases/b.py"): trips}))


def together(**other):
    found = {"name": "of one order", "count": 100, "floor": IN_ONE, "latency_s": 0.03, "wall_s": 12.0, "bare_s": 10.0,
             "aws": 1400, "servicenow": 4, "made": 100, "left": 0, "page_s": (0.1, 0.2)}  # fmt: skip
    return Together(**(found | other))


def figures(**other):
    found = {
        "at": "2026-11-21",
        "rows": [Measured(row, counts(row), 0.5 if row.arrived else None) for row in rows()],
        "grown": [Grown(1, 2, 4, 2, 900), Grown(1000, 2, 4, 42, 3000)],
        "polled": [Polled(10_000, 30, 3, 1)],
        "bursts": [Burst("new cases", 1000, 80.0, 2000, 8000, 0.1, (1.0, 2.0), ((0.0, 0), (80.0, 1000)))],
        "starts": [Start("service_now_client", 0.3, 0.25)],
        "peaks": [Peak("100 MiB", "f", 90, 95)],
        "gated": [Gated((0.5,) * 19 + (2.9,), 160, 40)],
        "acted": [Acted(each, each.floor.aws, each.floor.servicenow, {}, each.limit_s or 9) for each in ACTIONS],
        "together": [together()],
        "ended": [Ended(5000, 49, 75, 73, 30.0)],
        "crossings": [crossing(AIM // 2)],
    }  # fmt: skip
    return Figures(**(found | other))


def test_the_last_line_is_what_was_asked_for(capsys, monkeypatch):
    monkeypatch.setattr(run, "PARTS", {"rows": lambda _: {"rows": figures().rows}})
    assert run.main(["--only", "rows"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert all(row.keys() >= ASKED_FOR for row in told["rows"])
    assert [row["name"] for row in told["rows"]] == [row.name for row in rows()]


def test_a_part_that_breaks_is_told_and_the_others_go_on(capsys, monkeypatch, tmp_path):
    def broken(_count):
        raise RuntimeError("no room")

    written = tmp_path / "performance.md"
    monkeypatch.setattr(run, "PARTS", {"polls": broken, "rows": lambda _: {"rows": figures().rows}})
    monkeypatch.setattr("bench.plots.draw", lambda _: [])
    monkeypatch.setattr(page, "PAGE", written)
    assert run.main([]) == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["missing"] == {"polls": "RuntimeError: no room"}
    assert "`polls` could not be measured**: RuntimeError: no room" in written.read_text()
    assert "Not measured in this run" in written.read_text()


def test_a_run_that_is_interrupted_ends_at_once_shows_what_it_has_and_leaves_the_page(capsys, monkeypatch, tmp_path):
    def interrupted(_count):
        raise KeyboardInterrupt

    def never(_count):
        raise AssertionError("begun after Ctrl-C")

    parts = {"rows": lambda _: {"rows": figures().rows}, "polls": interrupted, "files": never}
    monkeypatch.setattr(run, "PARTS", parts)
    monkeypatch.setattr(page, "PAGE", tmp_path / "performance.md")
    assert run.main([]) == 1
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["missing"] == {"polls": "interrupted"}
    assert len(told["rows"]) == len(rows())
    assert not (tmp_path / "performance.md").exists()


def test_a_poll_that_other_work_falls_due_in_is_counted_again(monkeypatch):
    """Links wait for their time; a run that takes a quarter of an hour meets some of them."""
    row, due = poll(), Counter({"events:PutEvents": 1})
    tries = iter([counts(row), Counts(9, 9, 9, detail=due), counts(row)])
    monkeypatch.setattr(measure, "_once", lambda row, _: Measured(row, next(tries), None))
    assert measure.measured(row, None).counts == counts(row)
    monkeypatch.setattr(measure, "_once", lambda row, _: Measured(row, Counts(9, 9, 9, detail=due), None))
    with pytest.raises(measure.NeverWarm):
        measure.measured(row, None)


def test_what_is_above_its_aim_once_is_counted_again_and_shown_if_it_stays_there(monkeypatch):
    """A busy machine makes a pass read anew what grew old; what the product does too much it does in every try."""
    row = next(row for row in rows() if not row.polls)
    dear, within = Counts(99, 99, 99), counts(row)
    for answers, shown in ([dear, dear, within], within), ([dear] * measure.TRIES, dear):
        tries = iter(answers)
        monkeypatch.setattr(measure, "_once", lambda row, _, tries=tries: Measured(row, next(tries), None))
        assert measure.measured(row, None).counts == shown


@pytest.mark.parametrize(("other", "verdicts"), [
    ({}, 0),
    ({"bursts": [Burst("new cases", 1000, 99.0, 2000, 8000, 0.1, (6.0,))]}, 2),
    ({"starts": [Start("service_now_client", 0.4, 0.25)]}, 1),
    ({"grown": [Grown(1, 2, 4, 2, 900), Grown(1000, 3, 4, 42, 30_000)]}, 2),
    ({"polled": [Polled(10_000, 401, 3, 1)]}, 1),
    ({"peaks": [Peak("100 MiB", "f", 90, 9_500)]}, 1),
    ({"crossings": [crossing(AIM // 2 + 1)]}, 1),
    ({"acted": [Acted(action, action.floor.aws + 1, 0, {}) for action in ACTIONS]}, len(ACTIONS)),
    ({"acted": [Acted(ACTIONS[0], 12, 0, {}, NEW_S + 0.1)]}, 1),
    ({"together": [together(aws=1700, wall_s=14.0, page_s=(0.6,))]}, 3),
    ({"ended": [Ended(5000, 49, 96, 73, 30.0)]}, 1),
    ({"gated": [Gated((0.5,) * 18 + (3.1,) * 2, 160, 40)]}, 1),
    ({"rows": [Measured(row, counts(row, 9), None) for row in rows()]}, len(rows())),
])  # fmt: skip
def test_the_page_says_of_every_aim_whether_it_was_met(other, verdicts):
    told = page.text(figures(**other))
    assert told.count("**missed**") == verdicts
    assert "2026-11-21" in told
    assert "make bench" in told


def test_a_poll_is_counted_while_nobody_else_is_at_work():
    """A sweep that comes in meanwhile, from another poll, makes calls of its own."""
    assert not measure.other_work(Counts(callers=1))
    assert measure.other_work(Counts(callers=2))
    assert measure.other_work(Counts(detail=Counter({"events:PutEvents": 1}), callers=1))
