"""Whole runs over HTTP: what they cost, and what each fault of each call does to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from integration.changes import steps
from integration.changes.model import BadWish, Ending, Evidence, Job, Kind, Moves, Outcome, Run
from integration.changes.names import resolved
from integration.changes.reconciler import Desk
from integration.clients.errors import Misconfigured
from tests.contract.changes.places import ASKED, GROUP, ITEM, NUMBER, HttpPlace, wish
from tests.contract.emulated import unplanned
from tests.fakes.changes import FakeChild, Heard, Time, carried_out

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("401", "403-acl", "429-json", "html-200", "truncated-200", "500-after-commit", "reset-after")
LANDS = frozenset({"truncated-200", "500-after-commit", "reset-after"})
"""What takes effect without an answer; the others have none, and are met until the client's own tries are over."""
STANDARD_CALLS, NORMAL_CALLS = 7, 13
INTERVAL_S = 7.0


class Kept(dict[tuple[str, str], str]):
    """Names that were looked up."""

    def get(self, table: str, name: str) -> str:  # type: ignore[override]  # the port, on a dict
        return super().get((table, name), "")

    def put(self, table: str, name: str, sys_id: str) -> None:
        self[table, name] = sys_id


@dataclass
class Pipeline:
    place: HttpPlace
    time: Time = field(default_factory=Time)
    heard: Heard = field(default_factory=Heard)
    number: int = field(default_factory=lambda: next(NUMBER))
    child: FakeChild = field(init=False)
    patient: int = 2
    looks: int = 0
    attempt: int = 0

    def __post_init__(self) -> None:
        self.child = FakeChild(self.time)
        self.time.on_sleep = self._slept

    @property
    def target(self) -> Run:
        return Run(ci="x", server="s", project="p", run=str(self.number), environment="production")

    @property
    def changes(self) -> list[dict[str, Any]]:
        return self.place.instance.people.rows("change_request", short_description=self.text)

    @property
    def text(self) -> str:
        return f"Deploy {self.number}"

    def _slept(self, seconds: float) -> None:
        """People come at the second look."""
        self.place.instance.settled()
        self.looks += seconds == INTERVAL_S
        asked = [row for row in self.changes if row["state"] in ("-4", "-3")]
        if asked and self.looks >= self.patient:
            self.place.approve(asked[0]["sys_id"])

    def run(self, evidence: tuple[Evidence, ...] = (), **more: Any) -> Outcome:
        wanted = wish(short_description=self.text, interval_s=INTERVAL_S, **more)
        self.attempt += 1
        job = Job("deploy", str(self.attempt))
        return carried_out(wanted, self.target, evidence, self.place.port, self.child, self.heard, self.time, job)


@pytest.fixture
def pipeline(over_http: HttpPlace) -> Pipeline:
    unplanned(over_http.instance.people)
    return Pipeline(over_http)


def file_in(folder: Path, name: str, content: bytes = b"1") -> Evidence:
    (folder / name).write_bytes(content)
    return Evidence(name, str(folder / name), len(content), sha256(content).hexdigest(), "text/plain")


@pytest.mark.parametrize("files", [0, 2])
def test_a_normal_change_costs_eleven_calls_and_its_looks_and_files(
    pipeline: Pipeline, tmp_path: Path, files: int
) -> None:
    """Token, find, create, next states, submit, approvers, check of conflicts, second look, start, review, close."""
    evidence = tuple(file_in(tmp_path, f"{number}.txt") for number in range(files))
    assert pipeline.run(evidence, cmdb_ci=ITEM).outcome is Ending.SUCCESSFUL
    assert pipeline.looks == 2
    assert len(pipeline.place.calls) == 11 + pipeline.looks + files, pipeline.place.calls


@pytest.mark.parametrize("item", ["", ITEM])
@pytest.mark.parametrize("files", [0, 2])
@pytest.mark.parametrize("switches", [{}, {"change_standard_correlation": True}])
def test_a_standard_change_costs_eight_calls_and_its_files(
    pipeline: Pipeline, tmp_path: Path, switches: dict[str, bool], files: int, item: str
) -> None:
    """Token, find, create, submit and, where it names an item, a check of conflicts in one, second look, start, review,
    close. Where a template lets no mark through, it is written before the first file.
    """
    pipeline.place.renew(**switches)
    evidence = tuple(file_in(tmp_path, f"{number}.txt") for number in range(files))
    assert pipeline.run(evidence, kind=Kind.STANDARD, cmdb_ci=item).outcome is Ending.SUCCESSFUL
    assert len(pipeline.place.calls) == 8 + files + bool(files and not switches), pipeline.place.calls


def test_a_conflict_costs_a_call_more_to_say_which(pipeline: Pipeline) -> None:
    """The check itself is not begun anew; of another change of the item alone nothing is stopped."""
    pipeline.place.port.create(wish(cmdb_ci=ITEM), f"chg:{'f' * 32}/1", "another")
    pipeline.place.renew()
    assert pipeline.run(kind=Kind.STANDARD, cmdb_ci=ITEM).outcome is Ending.SUCCESSFUL
    assert any("conflict: " in each for each in pipeline.heard.sentences)
    assert len(pipeline.place.calls) <= 8 + 2, pipeline.place.calls


def test_where_no_batch_is_served_the_check_is_a_call_of_its_own(pipeline: Pipeline) -> None:
    pipeline.place.renew(batch_serves_at_most=1)
    assert pipeline.run(kind=Kind.STANDARD, cmdb_ci=ITEM).outcome is Ending.SUCCESSFUL
    assert [row["state"] for row in pipeline.changes] == ["3"]


OTHERWISE = {
    "a record is an object": {"change_one_as": "object"},
    "values are texts": {"change_values": "text"},
    "flows take their time": {"change_flow_delay_s": 0.05, "change_worker_delay_s": 0.05},
    "actual times are the client's": {"change_work_times": "client"},
    "a standard change leaves New by itself": {"change_standard_leaves_new": True},
    "a standard change is never approved": {"change_standard_approved": False},
    "an illegal state is dropped": {"change_illegal_state": "dropped"},
    "a refusal is a failure": {"change_refusal_status": 500},
    "a fields' list lies": {"change_named_ignored": ["state", "risk", "correlation_id"]},
    "no check was made before": {"change_conflict_unasked": "404"},
    "references are resolved": {"change_names": "resolved"},
    "its own sys_id is kept": {"change_honours_sys_id": True},
}


@pytest.mark.parametrize("kind", [Kind.NORMAL, Kind.STANDARD])
@pytest.mark.parametrize("how", OTHERWISE)
def test_a_run_comes_through_whatever_an_instance_does_otherwise(pipeline: Pipeline, how: str, kind: Kind) -> None:
    pipeline.place.renew(**OTHERWISE[how])
    outcome = pipeline.run(kind=kind, cmdb_ci=ITEM, risk="high")
    assert (outcome.outcome, outcome.recorded) == (Ending.SUCCESSFUL, True), pipeline.heard.sentences
    assert [row["state"] for row in pipeline.changes] == ["3"]
    assert not [each for each in pipeline.heard.sentences if "did not keep" in each]


@pytest.mark.parametrize("shown_s", [0.0, None])
def test_a_rejection_is_known_however_long_it_shows(pipeline: Pipeline, shown_s: float | None) -> None:
    """And a run that is started again asks again for the same change."""
    pipeline.place.renew(change_rejected_s=shown_s)
    approve = pipeline.place.approve
    pipeline.place.approve = lambda sys_id: pipeline.place.do("reject", sys_id, ASKED[0], comments="not yet")
    assert pipeline.run().code == 80
    pipeline.place.approve = approve
    assert pipeline.run().outcome is Ending.SUCCESSFUL
    assert len(pipeline.changes) == 1


def test_names_cost_one_batch_and_then_nothing(pipeline: Pipeline) -> None:
    kept = Kept()
    named = wish(assignment_group="DevOps Team", cmdb_ci="prod-k8s-cluster", affected=("payments-api",))
    found = resolved(named, pipeline.place.http, kept)
    assert (found.assignment_group, found.cmdb_ci) == (GROUP, ITEM)
    assert [call for call in pipeline.place.calls if "oauth" not in call] == ["POST batch ok"]
    assert resolved(named, pipeline.place.http, kept) == found
    assert len(pipeline.place.calls) == 2


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"assignment_group": "Nobody's"}, "there is no assignment group “Nobody's”"),
        ({"assignment_group": "Database"}, "2 records are called “Database”"),
        ({"cmdb_ci": "db-01"}, "say which configuration item by its sys_id"),
        ({"kind": Kind.STANDARD, "template": "Patch server"}, "“Patch server” is retired"),
        ({"kind": Kind.STANDARD, "template": "Restart service"}, "2 records"),
        ({"kind": Kind.STANDARD, "template": ""}, "name it by --template"),
        ({"model": "Perfect"}, "there is no change model"),
        ({"cmdb_ci": "a^b"}, "cannot be looked up by that name"),
    ],
)
def test_a_name_stands_for_one_record_or_is_refused(pipeline: Pipeline, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(BadWish, match=words.replace("^", r"\^")):
        resolved(wish(**asked), pipeline.place.http, Kept())
    assert pipeline.changes == []


def faulted(pipeline: Pipeline, fault: str, call: int, **more: Any) -> Outcome:
    """A run whose nth call meets it, and as many tries after it as a pipeline would make."""
    pipeline.place.instance.fault(fault, skip=call, times=1 if fault in LANDS else 4)
    for _ in range(3):
        try:
            return pipeline.run(**more)
        except Misconfigured:
            pipeline.place.renew()
    raise AssertionError("no try came through")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", range(STANDARD_CALLS))
def test_a_fault_of_any_call_costs_time_and_nothing_else(pipeline: Pipeline, kind: str, call: int) -> None:
    """Waits, never goes without an approved change, never makes two, loses no result."""
    outcome = faulted(pipeline, kind, call, kind=Kind.STANDARD)
    assert outcome.outcome is Ending.SUCCESSFUL
    assert outcome.recorded
    assert [row["state"] for row in pipeline.changes] == ["3"]
    assert len(pipeline.child.started) == 1


@pytest.mark.parametrize("kind", ["403-acl", "500-after-commit"])
@pytest.mark.parametrize("call", range(NORMAL_CALLS))
def test_a_fault_of_any_call_of_a_normal_change(pipeline: Pipeline, kind: str, call: int) -> None:
    outcome = faulted(pipeline, kind, call, cmdb_ci=ITEM)
    assert outcome.outcome is Ending.SUCCESSFUL
    assert [row["state"] for row in pipeline.changes] == ["3"]
    assert len(pipeline.child.started) == 1


@pytest.mark.parametrize("kind", sorted(LANDS))
def test_a_start_without_an_answer_is_seen_though_the_time_is_over(pipeline: Pipeline, kind: str) -> None:
    """It was written before that; given up at once, the change would stay in Implement."""
    pipeline.place.renew(change_standard_correlation=True)
    pipeline.place.instance.fault(kind, method="PATCH", path="/api/sn_chg_rest/*", skip=1)
    assert pipeline.run(kind=Kind.STANDARD, timeout_s=0).outcome is Ending.SUCCESSFUL
    assert [row["state"] for row in pipeline.changes] == ["3"]
    assert len(pipeline.child.started) == 1


def test_a_second_job_starts_nothing_while_the_first_works(pipeline: Pipeline) -> None:
    """It reads who began in the work notes, and says so; an earlier try of its own it would go on with."""
    desk = Desk(pipeline.place.port, pipeline.heard, pipeline.time, Job("deploy", "1"))
    wanted = wish(short_description=pipeline.text, kind=Kind.STANDARD)
    assert steps.create(desk, wanted, pipeline.target).code == 0
    assert steps.start(desk, wanted, pipeline.target).started
    for job, code in ((Job("smoke", "1"), 85), (Job("deploy", "1"), 85), (Job(), 85), (Job("deploy", "2"), 0)):
        pipeline.place.renew()
        again = steps.start(Desk(pipeline.place.port, pipeline.heard, pipeline.time, job), wanted, pipeline.target)
        assert (again.code, again.started) == (code, not code), (job, again.reason)
        assert code == 0 or "job deploy (attempt 1) of this run began" in again.reason


def test_a_creation_that_commits_late_is_made_once(pipeline: Pipeline) -> None:
    pipeline.place.instance.fault("commit-late", method="POST", path="/api/sn_chg_rest/*", seconds=0.2)
    assert pipeline.run(kind=Kind.STANDARD).outcome is Ending.SUCCESSFUL
    assert len(pipeline.changes) == 1


@pytest.mark.parametrize("asked_s", [0, 30])
def test_a_throttled_instance_is_given_the_time_it_asks_for(pipeline: Pipeline, asked_s: int) -> None:
    pipeline.place.instance.fault("429-json", skip=2, times=5, seconds=float(asked_s))
    slept: list[float] = []
    before = pipeline.time.on_sleep
    pipeline.time.on_sleep = lambda seconds: (slept.append(seconds), before(seconds))[1]
    assert pipeline.run(kind=Kind.STANDARD).outcome is Ending.SUCCESSFUL
    assert max(slept[:1]) >= asked_s


def test_without_the_api_the_table_api_is_used_and_said(pipeline: Pipeline) -> None:
    """Labels come through all the same; a standard change is refused, and nothing was made."""
    pipeline.place.renew(change_api=False)
    outcome = pipeline.run(priority="1 - Critical", risk="high", cmdb_ci=ITEM)
    assert outcome.outcome is Ending.SUCCESSFUL
    assert [(row["state"], row["priority"]) for row in pipeline.changes] == [("3", "1")]
    assert "no Change Management API" in pipeline.place.said[0]
    assert not [each for each in pipeline.heard.sentences if "did not keep" in each]


def test_without_the_api_a_standard_change_is_refused(pipeline: Pipeline) -> None:
    pipeline.place.renew(change_api=False)
    with pytest.raises(Misconfigured, match="standard changes and models need"):
        pipeline.run(kind=Kind.STANDARD)
    assert pipeline.changes == []


@pytest.mark.parametrize("risks", ["four", "three"])
def test_a_label_is_what_counts_where_instances_have_other_values(pipeline: Pipeline, risks: str) -> None:
    pipeline.place.renew(change_risks=risks)
    pipeline.run(kind=Kind.STANDARD, priority="Critical", impact="high", risk="HIGH")
    values = {"four": "2", "three": "1"}
    assert pipeline.changes[0]["risk"] == values[risks]
    assert not [each for each in pipeline.heard.sentences if "did not keep" in each]


def test_what_the_instance_did_not_keep_is_said(pipeline: Pipeline) -> None:
    pipeline.run(kind=Kind.STANDARD, backout_plan="mine", risk="gigantic")
    told = [each for each in pipeline.heard.sentences if "did not keep" in each]
    assert [each for each in told if "backout_plan: asked mine, is Run the pipeline with the former version" in each]
    assert [each for each in told if "risk: asked gigantic" in each]


@pytest.mark.parametrize("model", ["Cloud Infrastructure", "Change Registration"])
def test_a_model_with_states_of_its_own_is_walked(pipeline: Pipeline, model: str) -> None:
    """One knows no Review, the other asks nobody."""
    wanted = resolved(wish(model=model), pipeline.place.http, Kept())
    free = model == "Change Registration"
    kind = Kind.STANDARD if free else Kind.NORMAL
    outcome = pipeline.run(model=wanted.model, kind=kind, pre_approved=free)
    assert (outcome.outcome, outcome.recorded) == (Ending.SUCCESSFUL, True)
    assert [row["state"] for row in pipeline.changes] == ["3"]


def test_where_no_state_may_be_written_the_rule_is_named(pipeline: Pipeline) -> None:
    pipeline.place.renew(change_steps="none")
    outcome = pipeline.run()
    assert (outcome.code, outcome.outcome) == (3, Ending.REFUSED)
    assert "Change Model: Check State Transition" in outcome.reason
    assert pipeline.child.started == []


def test_a_check_that_another_process_began_is_not_begun_again(pipeline: Pipeline) -> None:
    """A function asks, ends, and is started again for the answer."""
    pipeline.run(cmdb_ci=ITEM, timeout_s=0)
    (change,) = pipeline.place.port.look(pipeline.changes[0]["sys_id"])
    assert pipeline.place.port.conflicts(change.sys_id) is None
    pipeline.place.instance.settled()
    pipeline.place.renew()
    pipeline.place.port.look(change.sys_id)
    assert pipeline.place.port.conflicts(change.sys_id) is not None
    assert not [each for each in pipeline.place.calls if each.startswith("POST change_request")]


def test_people_may_do_the_steps(pipeline: Pipeline) -> None:
    """We write notes and results, and leave closing to them."""
    pipeline.place.renew(change_steps="none")
    ways = {"-5": "-4", "-2": "-1"}

    def moved(_seconds: float) -> None:
        for row in pipeline.changes:
            if row["state"] in ways:
                pipeline.place.do("move", row["sys_id"], state=ways[row["state"]])
            pipeline.place.approve(row["sys_id"])

    pipeline.time.on_sleep = moved
    outcome = pipeline.run(moves=Moves.PEOPLE)
    assert (outcome.outcome, outcome.recorded) == (Ending.SUCCESSFUL, True)
    assert [(row["state"], row["close_code"]) for row in pipeline.changes] == [("-1", "successful")]


def test_a_window_is_asked_for_without_a_change(pipeline: Pipeline) -> None:
    desk = Desk(pipeline.place.port, pipeline.heard, pipeline.time)
    assert steps.window(desk, ITEM, pipeline.place.port.now(), 600).outcome in {Ending.READY, Ending.OUTSIDE}
    assert pipeline.changes == []


@pytest.mark.parametrize("how", ["empty", "403"])
def test_approvers_that_are_hidden_keep_nothing_from_being_decided(pipeline: Pipeline, how: str) -> None:
    pipeline.place.renew(approval_access={"*": how})
    assert pipeline.run().outcome is Ending.SUCCESSFUL
    told = "who is asked is hidden" if how == "empty" else "who is asked for approval is not to be seen"
    assert any(told in each for each in pipeline.heard.sentences)


@pytest.mark.parametrize("how", ["empty", "403", "ok"])
def test_a_rejection_is_known_by_its_way_back_where_its_words_are_hidden(pipeline: Pipeline, how: str) -> None:
    pipeline.place.renew(approval_access={"*": how})
    pipeline.place.approve = lambda sys_id: pipeline.place.do("reject", sys_id, ASKED[0], comments="not on a Sunday")
    outcome = pipeline.run()
    assert (outcome.code, outcome.outcome) == (80, Ending.REJECTED)
    assert ("not on a Sunday" if how == "ok" else "nobody's words") in outcome.reason


def test_a_file_that_is_not_what_it_was_is_refused(pipeline: Pipeline, tmp_path: Path) -> None:
    shorter, other, longer = (file_in(tmp_path, name, b"12345") for name in ("a.txt", "b.txt", "c.txt"))
    for name, content in (("a.txt", b"1"), ("b.txt", b"54321"), ("c.txt", b"1234567")):
        (tmp_path / name).write_bytes(content)
    outcome = pipeline.run((shorter, other, longer), kind=Kind.STANDARD)
    assert outcome.code == 0
    assert pipeline.place.port.files(outcome.sys_id) == {("c.txt", longer.sha256)}
    assert any("b.txt has changed" in each for each in pipeline.heard.sentences)


def test_affected_items_are_added(pipeline: Pipeline) -> None:
    outcome = pipeline.run(kind=Kind.STANDARD, affected=(ITEM,))
    pipeline.place.instance.settled()
    rows = pipeline.place.instance.people.rows("task_ci", task=outcome.sys_id)
    assert [row["ci_item"] for row in rows] == [ITEM]


@pytest.mark.parametrize("kind", [Kind.NORMAL, Kind.STANDARD])
def test_a_change_nobody_could_find_again_is_cancelled_at_once(pipeline: Pipeline, kind: Kind) -> None:
    """Where the mark cannot be written a re-run would make another change each time."""
    http, call = pipeline.place.http, pipeline.place.http.call

    def dropping(*asked: Any, **named: Any) -> Any:
        body = named.get("body") or (asked[4] if len(asked) > 4 else None)
        kept = {name: value for name, value in (body or {}).items() if not name.startswith("correlation_")}
        return call(*asked[:4], **{**named, "body": kept or None})

    http.call = dropping  # type: ignore[method-assign]  # an instance whose rules forbid the column
    outcome = pipeline.run(kind=kind)
    assert (outcome.code, outcome.outcome) == (3, Ending.REFUSED)
    assert "keeps no correlation_id" in outcome.reason
    assert [row["state"] for row in pipeline.changes] == ["4"]
