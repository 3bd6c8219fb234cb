"""The changes' part of the scripted day, against an emulated instance alone: what it shows needs no AWS."""

from __future__ import annotations

from integration.operations.cases.people import People
from integration.operations.changes.tour import TOUR
from integration.operations.local import tour


def test_every_pipeline_of_the_day_arrives(instance, monkeypatch, tmp_path):
    people = People("", instance.people.url, "incident")
    people.calls = dict
    monkeypatch.setattr("integration.operations.changes.tour.cache_folder", lambda *_: tmp_path)
    said = []
    day = tour.run([TOUR], people, "itsm", lambda: 0, lambda: None, said.append)
    assert [step.name for step in day.steps if not step.arrived] == []
    assert day.duplicates == 0
    assert len(said) == len(day.steps) > 7
