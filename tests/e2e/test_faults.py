"""A sample of the fault matrix on the shared system; `python -m tests.proofs --only plane-matrix` plays all of it."""

from tests.proofs.cases.plane.cells import CELLS
from tests.proofs.cases.plane.matrix import Group
from tests.proofs.kit.plane.privacy import leaks
from tests.proofs.kit.plane.stage import Stage
from tests.proofs.kit.plane.traffic import Traffic

SAMPLE = {
    "comment on case, servicenow reset-after PATCH /api/* 0 x1",
    "note on incident, security_ir CreateCaseComment 400 x1",
    "file on case, security_ir GetAttachment truncated x1",
    "poll for an incident, servicenow html-200 * /api/* 0",
    "note on incident, cold, aws error InternalServerError events:PutEvents",
}
"""One for each function that meets the other systems or the webhook."""


def test_what_fails_arrives_once_is_counted_and_tells_nothing_private(itsm):
    """And each function's log, whatever failed in it, holds no text of people and no secret."""
    cells = [cell for cell in CELLS if str(cell) in SAMPLE]
    assert len(cells) == len(SAMPLE)
    stage = Stage(itsm, Traffic(itsm.plane.functions))
    group = Group(stage, cells)
    group.play()
    assert [f"{cell}: {what}" for cell, what in group.problems] == []
    assert leaks(stage) == []


def test_the_look_for_what_is_private_finds_it(itsm):
    """A test that cannot fail says nothing."""
    stage = Stage(itsm, Traffic(itsm.plane.functions))
    itsm.plane.functions[stage.names.poller].output.write(f"the title is {stage.secret_word}")
    assert leaks(stage) == [f"a text of people ({stage.names.poller})"]
