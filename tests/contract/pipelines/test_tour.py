"""The changes' part of the scripted day, against an emulated instance alone: what it shows needs no AWS."""

from __future__ import annotations

import pytest

from integration.emulators import servicenow
from integration.operations.cases.people import People
from integration.operations.changes.tour import TOUR
from integration.operations.local import tour


@pytest.fixture
def people():
    """Of an instance of its own: the day leaves changes planned, which others would find in their way."""
    with servicenow.serve(servicenow.create_app()) as url:
        yield People("", f"{url}/_admin", "incident")


def test_every_pipeline_of_the_day_arrives(people, monkeypatch, tmp_path):
    people.calls = dict
    monkeypatch.setattr("integration.operations.changes.tour.cache_folder", lambda *_: tmp_path)
    said = []
    day = tour.run([TOUR], people, "itsm", lambda: 0, lambda: None, said.append)
    assert {step.name: step.why for step in day.steps if not step.arrived} == {}
    assert day.duplicates == 0
    assert len(said) == len(day.steps) > 7
