"""What holds for every test."""

import functools
import gc
import os
import random

import botocore.loaders
import botocore.session
import pytest
from hypothesis import settings

from tests.budget import LISTED, Budget, is_unit

LONGEST = (
    "itsm", "test_deploy_to_plane", "ir", "itsm-apart", "plane", "browser", "lone-itsm", "lone-ir",
    "test_update_set_way", "test_hours", "test_two_deployments", "test_kinder_instance", "test_local_command",
    "test_fresh_environment", "bundle", "synth", "rhino",
)  # fmt: skip
"""Groups that one worker runs, begun in this order: what waits most begins first, quick tests fill the rest."""


def pytest_configure(config):
    """What hypothesis invents has no deadline by the wall's clock, which a busy machine misses; the budget counts."""
    config.pluginmanager.register(Budget(LISTED), "budget")
    settings.register_profile("ours", settings.default, deadline=None)
    settings.load_profile("ours")


@pytest.hookimpl(wrapper=True)
def pytest_collection(session):
    """What is imported stays: nobody looks through it for garbage, now or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items):
    """Dealt out by `--dist loadgroup --no-loadscope-reorder`; each worker sorts alike.

    With `SHUFFLE=seed` in the environment files come in any order, and so do the tests of each.
    """
    if seed := os.environ.get("SHUFFLE"):
        items.sort(key=lambda item: [random.Random(f"{seed} {part}").random() for part in (_file(item), item.nodeid)])
    items.sort(key=_turn)


def _file(item):
    return item.nodeid.partition("::")[0]


def _turn(item):
    marker = item.get_closest_marker("xdist_group")
    if marker is None:
        return len(LONGEST) + is_unit(item)
    group = marker.args[0] if marker.args else marker.kwargs["name"]
    return LONGEST.index(group) if group in LONGEST else len(LONGEST)


def _with_own_paths(model):
    operations = {name: {**each, "http": dict(each["http"])} for name, each in model["operations"].items()}
    return {**model, "operations": operations}


@pytest.fixture(scope="session", autouse=True)
def _models_read_once():
    """Each session of botocore would read the same models anew.

    Sessions share one loader, as the clients of one session do. moto keeps its own: it adds to the models it has read.
    A client of S3 changes its model (the bucket leaves the paths), so each gets its own paths.
    """
    create = botocore.loaders.create_loader

    @functools.cache
    def shared(paths=None):
        loader = create(paths)
        read = loader.load_service_model

        def load_service_model(service_name, type_name, *words, **named):
            model = read(service_name, type_name, *words, **named)
            return _with_own_paths(model) if (service_name, type_name) == ("s3", "service-2") else model

        loader.load_service_model = load_service_model
        return loader

    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(botocore.session, "create_loader", shared)
        yield
