"""Real processes killed at real calls: a sample of what `python -m tests.proofs --only plane-killed` plays in full.

All at once on the shared system, so that a dozen deaths cost one wait; time that would pass is let pass in the table.
"""

import pytest

from integration.aws_plane.faults import Effect
from tests.proofs.cases.plane.killed import SCENARIOS, Playing, Point, play
from tests.proofs.kit.picture import differences
from tests.proofs.kit.plane.stage import Stage
from tests.proofs.kit.plane.traffic import Traffic

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
DEATHS = [  # scenario, whose call, which
    ("comment and fields go to the incident", "servicenow_client", "dynamodb:TransactWriteItems"),
    ("an incident becomes a case", "security_ir_client", "security-ir:CreateCase"),
    ("an incident becomes a case", "security_ir_client", "dynamodb:TransactWriteItems"),
    ("note, field and state go to the case", "security_ir_client", "security-ir:CreateCaseComment"),
    ("note, field and state go to the case", "security_ir_client", "security-ir:UpdateCaseStatus"),
    ("a file goes to the case", "security_ir_client", "security-ir:GetCaseAttachmentUploadUrl"),
    ("the incident is closed", "security_ir_client", "security-ir:CloseCase"),
]

ROUNDS = 3
"""Which of two passes makes a call is decided by who looks first, so a point nobody came to is played again."""


@pytest.fixture
def stage(itsm):
    """One message at a time per process, so that a death hits the pair it is meant for."""
    traffic = Traffic(itsm.plane.functions)
    itsm.plane.gateway.watch = traffic.at_gateway
    stage = Stage(itsm, traffic)
    with stage.one_by_one():
        yield stage
    itsm.plane.gateway.watch = lambda _operation, _caller: None


def test_whoever_dies_at_a_call_is_followed_and_all_ends_as_undisturbed(stage):
    """Before and after the effect; a further sweep then changes nothing."""
    calm = [Playing(BY_NAME[name], None) for name in dict.fromkeys(name for name, _, _ in DEATHS)]
    points = [
        Point(BY_NAME[name], getattr(stage.names, function), call, 0, effect)
        for name, function, call in DEATHS
        for effect in (Effect.KILL_BEFORE, Effect.KILL_AFTER)
    ]
    playings = [Playing(point.scenario, point) for point in points]
    play(stage, calm + playings)
    look = stage.look()
    wanted = {playing.scenario.name: look.picture(playing.mark) for playing in calm}
    for _ in range(ROUNDS - 1):
        if again := unmet(points, playings):
            more = [Playing(point.scenario, point) for point in again]
            play(stage, more)
            playings += more
    assert [str(point) for point in unmet(points, playings)] == []
    stage.traffic.rules.clear()

    def ended():
        look = stage.look()
        return {f"{p.point} ({p.mark})": differences(wanted[p.scenario.name], look.picture(p.mark)) for p in playings}

    for _ in range(4):
        for playing in playings:
            long_after(stage, playing)
        stage.redeliver()
        stage.poll()
        stage.quiet()
        if not any(ended().values()):
            break
    for playing in playings:
        stage.look_at_case(case_of(stage, playing), sweep=True)
    stage.quiet()
    assert {point: what for point, what in ended().items() if what} == {}
    assert stage.dead() == {}


def unmet(points, playings):
    return [point for point in points if not any(p.died and p.point == point for p in playings)]


def case_of(stage, playing):
    return next((case["caseId"] for case in stage.cases() if playing.mark in case["title"]), "")


def long_after(stage, playing):
    look = stage.look()
    case_id = playing.pair.case_id or case_of(stage, playing)
    stage.long_after(case_id, playing.pair.sys_id or look.pair(case_id) if case_id else playing.pair.sys_id)
