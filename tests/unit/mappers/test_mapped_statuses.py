from __future__ import annotations

from itertools import pairwise, product

import pytest

from integration.model import CaseStatus
from integration.module import Module
from mappers import service_now_sir_mapper as tables
from mappers.mapping_rules import rules_for
from mappers.problem import MappingError
from mappers.statuses import LEGAL, SETTABLE, state_steps, walk

SUBMITTED, ACKNOWLEDGED, DETECTION, CONTAINMENT, POST, READY, CLOSED = (status.value for status in CaseStatus)

STATES = [
    ("itsm", SUBMITTED, "1"),
    ("itsm", ACKNOWLEDGED, "1"),
    ("itsm", DETECTION, "2"),
    ("itsm", CONTAINMENT, "2"),
    ("itsm", POST, "2"),
    ("itsm", READY, "2"),
    ("itsm", CLOSED, "7"),
    ("ir", SUBMITTED, "10"),
    ("ir", ACKNOWLEDGED, "10"),
    ("ir", DETECTION, "16"),
    ("ir", CONTAINMENT, "18"),
    ("ir", POST, "100"),
    ("ir", READY, "100"),
    ("ir", CLOSED, "3"),
]


@pytest.mark.parametrize(("module", "status", "state"), STATES)
def test_a_status_leads_to_its_state(module, status, state):
    assert rules_for(Module(module)).status.incident_state_for(status) == state


STATUSES = [
    ("itsm", "1", SUBMITTED, {SUBMITTED, ACKNOWLEDGED}),
    ("itsm", "2", DETECTION, {DETECTION, ACKNOWLEDGED, CONTAINMENT, POST, READY}),
    ("itsm", "3", DETECTION, {DETECTION, ACKNOWLEDGED, CONTAINMENT, POST, READY}),
    ("itsm", "6", POST, {POST, READY, CLOSED}),
    ("itsm", "7", CLOSED, {CLOSED}),
    ("itsm", "8", CLOSED, {CLOSED}),
    ("ir", "10", SUBMITTED, {SUBMITTED, ACKNOWLEDGED}),
    ("ir", "16", DETECTION, {DETECTION, ACKNOWLEDGED}),
    ("ir", "18", CONTAINMENT, {CONTAINMENT}),
    ("ir", "19", CONTAINMENT, {CONTAINMENT}),
    ("ir", "20", CONTAINMENT, {CONTAINMENT}),
    ("ir", "100", POST, {POST, READY}),
    ("ir", "3", CLOSED, {CLOSED}),
    ("ir", "7", CLOSED, {CLOSED}),
]


@pytest.mark.parametrize(("module", "state", "status", "beside"), STATUSES)
def test_a_state_translates_to_one_status_and_stands_beside_others(module, state, status, beside):
    rules = rules_for(Module(module)).status
    assert rules.case_status_for(state) == status
    assert {s.value for s in CaseStatus if rules.accepted(s, state)} == beside


def test_an_unknown_state_says_nothing(rules):
    assert rules.status.case_status_for("4711") is None
    assert rules.status.incident_state_for("Unheard of") is None
    assert not rules.status.accepted(CLOSED, "4711")


def test_the_states_that_close():
    itsm, ir = rules_for(Module.ITSM).status, rules_for(Module.IR).status
    assert (itsm.closing_states, ir.closing_states) == ({"7", "8"}, {"3", "7"})
    assert [s for s in itsm.pairs if itsm.is_closed(s)] == ["7", "8"]
    assert [s for s in itsm.pairs if itsm.is_resolved(s)] == ["6"]
    assert [s for s in ir.pairs if ir.is_resolved(s)] == []
    assert (itsm.fallbacks["7"], ir.fallbacks) == (("6",), {})


def test_resolved_closes_the_case_where_asked_for():
    rules = rules_for(Module.ITSM, {"case_closes_when": "resolved"}).status
    assert rules.case_status_for("6") == CLOSED
    assert rules.closing_states == {"6", "7", "8"}
    assert not rules.accepted(POST, "6"), "or resolving an incident beside Post-incident would close nothing"
    assert not rules.is_closed("6"), "the record itself still lives"


def test_ir_has_no_resolved():
    with pytest.raises(MappingError, match="no state Resolved"):
        rules_for(Module.IR, {"case_closes_when": "resolved"})


def test_a_status_cannot_map_to_the_state_that_closes_its_case():
    edit = {"case_closes_when": "resolved", "status": {"to_state": {POST: "6"}}}
    with pytest.raises(MappingError, match="maps to the state that closes the case"):
        rules_for(Module.ITSM, edit)


# -------------------------------------------------------------------------------- the walk
@pytest.mark.parametrize(("start", "target"), list(product(CaseStatus, repeat=2)))
def test_a_walk_is_legal_and_shortest(start, target):
    way = walk(start, target)
    assert way == _by_hand(start, target)
    for before, after in pairwise((start, *way) if way else ()):
        assert after in LEGAL[before] or after == CLOSED
    assert {ACKNOWLEDGED, READY}.isdisjoint(way or ())


def _by_hand(start, target):
    """Every legal way without a circle, the shortest of them; Closed is one call."""
    if start == target:
        return ()
    if target == CLOSED:
        return (CLOSED,)
    ways = [(start,)]
    for _ in CaseStatus:
        ends = [way[1:] for way in ways if way[-1] == target]
        if ends:
            return ends[0]
        ways = [(*way, after) for way in ways for after in LEGAL[way[-1]] if after not in way]
    return None


def test_containment_of_a_new_case_takes_two_hops():
    assert walk(SUBMITTED, CONTAINMENT) == (DETECTION, CONTAINMENT)


def test_nothing_leads_out_of_closed_or_back_to_submitted():
    assert all(walk(CLOSED, status) is None for status in CaseStatus if status != CLOSED)
    assert all(walk(status, SUBMITTED) is None for status in CaseStatus if status != SUBMITTED)


@pytest.mark.parametrize("seen_only", [ACKNOWLEDGED, READY])
def test_what_only_aws_sets_is_never_a_target(seen_only, rules):
    assert seen_only not in SETTABLE
    assert all(rules.status.case_status_for(state) != seen_only for state in rules.status.pairs)
    assert all(walk(status, seen_only) is None for status in CaseStatus if status != seen_only)


STEPS = [
    ("ir", "10", "18", ("16", "18")),
    ("ir", "10", "3", ("16", "18", "19", "20", "100", "3")),
    ("ir", "18", "18", ()),
    ("ir", "100", "16", ("16",)),
    ("ir", "16", "7", ("7",)),
    ("itsm", "1", "7", ("7",)),
]


@pytest.mark.parametrize(("module", "start", "target", "steps"), STEPS)
def test_a_stateful_flow_is_walked_state_by_state(module, start, target, steps):
    assert state_steps(Module(module), start, target) == steps


# -------------------------------------------------------------------------------- edits
DOCUMENTED = {
    "Detection and Analysis": "2",
    "Containment, Eradication and Recovery": "2",
    "Post-incident Activities": "2",
    "Closed": "7",
}


def test_the_documented_table_passes_as_it_stands(monkeypatch):
    """It has no line for three statuses; they keep the state that may stand beside them."""
    before = rules_for(Module.ITSM)
    monkeypatch.setattr(tables, "STATUS_MAPPING", DOCUMENTED)
    assert rules_for(Module.ITSM) == before


def test_the_table_in_the_file_holds_the_documented_lines():
    assert tables.STATUS_MAPPING.items() >= DOCUMENTED.items()


def test_an_edited_line_takes_effect(monkeypatch):
    """Left accepted beside its former state, the status would never bring the incident to the new one."""
    monkeypatch.setitem(tables.STATUS_MAPPING, POST, "6")
    rules = rules_for(Module.ITSM).status
    assert rules.incident_state_for(POST) == "6"
    assert rules.accepted(POST, "6")
    assert not rules.accepted(POST, "2")
    assert rules.accepted(POST, "3"), "On Hold is still left alone"


def test_an_edit_to_a_new_state_brings_its_way_back(monkeypatch):
    monkeypatch.setitem(tables.STATUS_MAPPING, CONTAINMENT, "11")
    rules = rules_for(Module.ITSM).status
    assert (rules.incident_state_for(CONTAINMENT), rules.case_status_for("11")) == ("11", CONTAINMENT)


def test_a_state_keeps_what_it_translates_to(monkeypatch):
    """Detection leads to On Hold now, but In Progress must still lead somewhere."""
    monkeypatch.setitem(tables.STATUS_MAPPING, DETECTION, "3")
    rules = rules_for(Module.ITSM).status
    assert (rules.incident_state_for(DETECTION), rules.case_status_for("2")) == ("3", DETECTION)
    assert rules.accepted(DETECTION, "2")


def test_a_number_without_quotes_is_understood(monkeypatch):
    monkeypatch.setitem(tables.STATUS_MAPPING, CLOSED, 6)
    assert rules_for(Module.ITSM).status.incident_state_for(CLOSED) == "6"


def test_each_module_has_a_table_of_its_own(monkeypatch):
    before = rules_for(Module.IR)
    monkeypatch.setitem(tables.STATUS_MAPPING, DETECTION, "3")
    assert rules_for(Module.IR) == before
    monkeypatch.setitem(tables.STATUS_MAPPING_IR, POST, "20")
    assert rules_for(Module.IR).status.incident_state_for(POST) == "20"


def test_a_new_state_that_only_closed_may_stand_beside_closes_the_record():
    rules = rules_for(Module.ITSM, {"status": {"to_state": {CLOSED: "9"}}}).status
    assert rules.is_closed("9")
    assert "9" in rules.closing_states


WRONG = [
    ("STATUS_MAPPING", "Post-Incident Activity", "6", "Did you mean .Post-incident Activities"),
    ("STATUS_MAPPING", ACKNOWLEDGED, "11", "state 11 has no way back"),
    ("ACCEPTED_PAIRS", "2", ("Detection", "Containment, Eradication and Recovery"), "no status 'Detection'"),
    ("ACCEPTED_PAIRS", "4", (READY,), "state 4 has no way back"),
    ("ACCEPTED_PAIRS", "5", (), "state 5 has no way back"),
]


@pytest.mark.parametrize(("table", "key", "value", "message"), WRONG)
def test_a_wrong_edit_is_named(monkeypatch, table, key, value, message):
    monkeypatch.setitem(getattr(tables, table), key, value)
    with pytest.raises(MappingError, match=message):
        rules_for(Module.ITSM)


def test_a_status_nobody_maps_to_is_named(monkeypatch):
    monkeypatch.setattr(tables, "STATUS_MAPPING", DOCUMENTED)
    monkeypatch.setattr(tables, "ACCEPTED_PAIRS", {s: p for s, p in tables.ACCEPTED_PAIRS.items() if s != "1"})
    with pytest.raises(MappingError, match="nobody maps to the status Submitted"):
        rules_for(Module.ITSM)
