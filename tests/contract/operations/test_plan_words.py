"""What becomes of a record without a pair, in words; and a sentence for every kind of step."""

import inspect
import re

import pytest

from integration.cases import new_case
from integration.cases.link import CASE, INCIDENT
from integration.cases.plan import steps
from integration.cases.plan.steps import Step
from integration.operations.cases import plan_words, preview
from tests.contract.operations import plan_scenes as a
from tests.contract.operations.plan_scenes import PRIVATE, Scene, only_reads
from tests.fakes.running import Running

CLAIMED = r"Nothing now: the pair is claimed; another pass works on this pair, until [\d: -]{19} UTC at most; .+"
NEW_INCIDENT = "An incident would be made for the case; or linked, where one carries the case's ARN."
NEW_CASE = "A case would be made for the incident."
ALONE = {
    "no such case": (lambda _: (CASE, "4999999999"), "AWS knows no such case in this account and region."),
    "no such incident": (
        lambda _: (INCIDENT, "f" * 32), "ServiceNow knows no such incident, or hides it from the integration."
    ),
    "a new case": (a.alone_on_aws, NEW_INCIDENT),
    "a new incident": (a.alone_in_servicenow, NEW_CASE),
    "a case out of scope": (
        a.of_another_team, "Out of scope: no incident would be made; by its tags, or closed before the installation."
    ),
    "an incident out of scope": (
        a.filtered, "Out of scope: no case would be made; by its state, its age or the incident filter."
    ),
    "a case that ServiceNow refuses": (
        a.blocked_case,
        r"The other side has refused to take this record; a data policy; tried again when it changes, .+ UTC.",
    ),
    "an incident that AWS refuses": (
        a.blocked_incident,
        r"The other side has refused to take this record; ValidationException; tried again when it changes, .+ UTC.",
    ),
    "a refused case that was edited": (a.mended_case, NEW_INCIDENT),
    "a refused incident that was edited": (a.mended_incident, NEW_CASE),
    "an incident that names a foreign case no more": (a.no_longer_pointing, NEW_CASE),
    "a case whose incident is being made": (a.incident_under_way, CLAIMED),
    "a case that names an incident, a pass being at work": (a.tagged_under_way, CLAIMED),
    "an incident whose case is being made": (a.case_under_way, CLAIMED),
    "a record of check": (a.probe, "A record that `check` has written: left alone."),
    "a record of another integration": (a.foreign, "Another integration of ours has made this record: left alone."),
    "an incident that names a case": (
        a.pointing,
        r"The case that the incident names would be linked with it; correlation_id names 4000000000; .+",
    ),
    "a case that names an incident": (
        a.tagged,
        "The incident that the case names would be linked with it; the case names incident/[0-9a-f]{32}, .+",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("arrange", "expected"), ALONE.values(), ids=ALONE)
def test_a_record_alone_in_words(arrange, expected):
    running = Running("itsm")
    side, key = arrange(running)
    running.world.hook = only_reads
    found = preview.preview(running.reconciler, running.wake(side, key, sweep=True))
    told = plan_words.headline(found.word, found.text)
    assert told == expected or re.fullmatch(expected, told), told
    assert PRIVATE not in told


def test_a_replay_asks_without_what_holds_back():
    """Blocks do not hold what an operator sends again."""
    scene = Scene()
    scene.refused()
    told = "`title` is set on the incident (short_description): the case changed"
    assert scene.told(forced=True)[1:] == [told]


EVERY = [Step(what, side, "about", why="case changed", columns=("work_notes",)) for what in (
    "note", "comment", "entry", "file", "field", "columns", "watchers", "status"
) for side in (CASE, INCIDENT)]  # fmt: skip


@pytest.mark.parametrize("step", EVERY, ids=lambda step: f"{step.what} > {step.side}")
def test_every_kind_of_step_has_a_sentence(step):
    assert plan_words.sentence(step).endswith(": the case changed")


def test_every_step_of_the_planner_is_among_them():
    kinds = {getattr(steps, name) for name in dir(steps) if name.isupper() and isinstance(getattr(steps, name), str)}
    assert kinds - {CASE, INCIDENT, steps.FILES_HELD} == {step.what for step in EVERY}


def test_every_word_for_doing_nothing_has_a_sentence():
    said = set(re.findall(r'Why\("([^"]+)"', inspect.getsource(preview)))
    said |= {new_case.PROBE, new_case.OUT_OF_SCOPE, "made by another integration"}
    assert said == (plan_words.NOTHING | plan_words.BEGINS).keys()
