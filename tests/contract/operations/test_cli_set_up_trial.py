"""`service-now` tries the set-up's tables before a first deployment: what refuses is known while nothing stands."""

from dataclasses import replace

import pytest

from integration.operations.checking.setup_tables import PREFIX
from integration.operations.rollout import steps, validation
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import REFUSED
from servicenow_setup.columns import COLUMNS

CLOSED = "sys_rest_message"


@pytest.fixture
def world(world, monkeypatch):
    """With the trial, in an instance whose access rules let administrators alone write this table."""
    monkeypatch.setattr(steps, "try_set_up", validation.try_set_up)
    world.instance.config(admin_only=[CLOSED])
    return world


def left(world):
    return [row for table in COLUMNS for row in world.instance.records(table) if PREFIX in str(row)]


def test_a_table_that_refuses_is_told_before_anything_is_deployed(world):
    with pytest.raises(Failure, match=f"set-up {CLOSED}: .*") as failed:
        world.deploy()
    assert failed.value.code == REFUSED
    assert failed.value.sentence.startswith("Nothing was changed")
    assert "role" in failed.value.sentence
    assert world.cdk.deployments == []
    assert left(world) == []


NOT_TRIED = {
    "a plan": lambda world: world.steps().plan(),
    "no set-up": lambda world: world.deploy(setup="none"),
    "an update set brings these records": lambda world: world.deploy(setup="update-set"),
    "out of reach from here": lambda world: away(world).run(yes=True),
}


def away(world):
    asked = world.steps()
    asked.request = replace(asked.request, instance="http://127.0.0.1:9")
    return asked


@pytest.mark.parametrize("way", NOT_TRIED)
def test_what_the_set_up_does_not_write_is_not_tried(world, way):
    """A plan changes nothing, the instance included."""
    NOT_TRIED[way](world)
    assert left(world) == []


def test_it_is_tried_before_the_first_deployment_only(world):
    world.instance.config(admin_only=[])
    world.deploy()
    assert left(world) == []
    world.store_settings()
    world.instance.config(admin_only=[CLOSED])
    assert world.deploy(log_level="debug").deployed
