"""Passes over the adapter and an emulated instance as strict as its default: the journal hidden, opened, hidden again.

AWS and the table are the twins of the proofs. Each pass has a fresh adapter, as a new container has.
"""

from __future__ import annotations

import time

import pytest

from integration.cases.instance_side import ServiceNowIncidents
from integration.cases.reconciler import Reconciler
from tests.contract.emulated import USER
from tests.fakes.running import Running, report_of

READER = "audit_viewer"
TEXTS = [
    "lines\n\n  and\n\tmore", "[code]<p>rich</p>[/code]", "same", "same",
    "[AWS] beth · 2026-11-21 12:00:00 UTC · comment 000001\nquoted",
    "2026-11-21 12:03:11 - Beth Anglin (Arbeitsnotizen)\nGesehen.",
]  # fmt: skip


class Scene:
    def __init__(self, instance):
        self.instance, self.running = instance, Running()
        self.running.world.now = time.time()

    def opened(self, *, to_rows):
        self.instance.admin("POST", "roles", {"user_name": USER, ("grant" if to_rows else "revoke"): [READER]})

    def writes(self, sys_id, **columns):
        self.instance.act("update", sys_id=sys_id, values=columns)

    def passes(self, side, key, **flags):
        running, instance = self.running, self.instance
        running.world.now = max(running.world.now, time.time()) + 0.1
        port = ServiceNowIncidents(
            instance.http(), instance.url, "incident", running.rules.columns, instance.user_sys_id
        )
        core = Reconciler(running.cases, port, running.links, running.rules, running.settings, running.world.clock)
        return report_of(core.run(running.wake(side, key, **flags), running.world.now + 180)).outcome

    def journal(self, sys_id):
        return [row["value"] for row in self.instance.rows("sys_journal_field") if row["element_id"] == sys_id]


@pytest.fixture
def scene(instance):
    made = Scene(instance)
    made.opened(to_rows=False)
    for name in (each for each in made.running.rules.columns if each.startswith("u_")):
        instance.admin("POST", "columns", {"table": "incident", "name": name})
    return made


def test_everything_arrives_once_whatever_road_it_comes_by(scene):
    sys_id = scene.instance.act("insert", values={"short_description": "Odd logins"})["record"]["sys_id"]
    assert scene.passes("incident", sys_id) == "in step"
    (case_id,) = scene.running.cases.records
    for to_rows in (False, True, False):
        scene.opened(to_rows=to_rows)
        for text in TEXTS:
            scene.running.cases.add_comment(case_id, f"AWS, {text}", "AWS Responder")
            scene.writes(sys_id, work_notes=text)
        assert [scene.passes("case", case_id), scene.passes("incident", sys_id)] == ["in step", "nothing new"]
        scene.passes("incident", sys_id, sweep=True)
    came = [body.partition("\n")[2] for body in scene.running.comments(case_id) if body.startswith("[ServiceNow]")]
    went = [text for text in scene.journal(sys_id) if text.startswith("[AWS] AWS Responder")]
    assert sorted(came) == sorted([text.replace("[code]<p>rich</p>[/code]", "rich") for text in TEXTS] * 3)
    assert len(went) == 3 * len(TEXTS)


def test_fields_go_on_where_no_road_leads_to_the_journal(scene):
    hidden = [
        {"table": "incident", "field": name, "operation": "read", "roles": ["admin"]}
        for name in ("comments", "work_notes", "comments_and_work_notes")
    ]
    scene.instance.config(field_acls=hidden)
    sys_id = scene.instance.act("insert", values={"short_description": "Odd logins"})["record"]["sys_id"]
    scene.passes("incident", sys_id)
    (case_id,) = scene.running.cases.records
    scene.writes(sys_id, short_description="New title", comments="unseen")
    assert scene.passes("incident", sys_id) == "in step"
    assert scene.running.cases.snapshot(case_id).values["title"] == "New title"
    scene.instance.config(field_acls=[])
    scene.passes("incident", sys_id, sweep=True)
    assert any("unseen" in body for body in scene.running.comments(case_id))
