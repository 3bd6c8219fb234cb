"""What holds for every test."""

import functools
import gc
import logging
import re
import sys
from collections import Counter
from contextlib import nullcontext

import botocore.loaders
import botocore.session
import pytest
from _pytest import tmpdir
from hypothesis import settings

from tests import aws_costs_less, dealing
from tests.budget import LISTED, OLDEST, Budget

COLLECTED = pytest.StashKey[frozenset[str]]()
"""The modules that are imported once all tests are collected."""
OWN_LOGGER = re.compile(r"[^/]+/[^/]+/\d+")
"""Its name, by `integration.aws.telemetry`."""


def pytest_configure(config):
    """What hypothesis invents has no deadline by the wall's clock, which a busy machine misses; the budget counts."""
    if worker := getattr(config, "workerinput", None):
        dealing.step_back(worker["workerid"], worker["workercount"])
    config.pluginmanager.register(Budget(LISTED), "budget")
    config.pluginmanager.register(Stays(), "stays")
    tmpdir.make_numbered_dir = numbered()
    settings.register_profile("ours", settings.default, deadline=None)
    settings.load_profile("ours")


def numbered():
    """Makes tests their folders: pytest reads all that stand beside for the next number, and moves a link to it."""
    numbers = Counter()

    def make(root, prefix, mode=0o700):
        made = root / f"{prefix}{numbers[root, prefix]}"
        numbers[root, prefix] += 1
        made.mkdir(mode)
        return made

    return make


class Stays:
    """What tests import and read later, models of AWS above all, is looked through for garbage once.

    It is done between two tests, after every look through all that is not frozen yet: what a test has left lying about
    is found before, and what it still works with is not frozen.
    """

    def __init__(self):
        self._is_due = False
        gc.callbacks.append(self._looked)

    def _looked(self, phase, told):
        self._is_due = self._is_due or told["generation"] == OLDEST

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self):
        if self._is_due:
            gc.collect()
            gc.freeze()
            self._is_due = False

    def pytest_unconfigure(self):
        gc.callbacks.remove(self._looked)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session):
    """What is imported stays: nobody looks through it for garbage, now or later."""
    gc.disable()
    try:
        with dealing.one_first() if dealing.is_new() else nullcontext():
            return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items):
    dealing.in_turn(items)


def pytest_collection_finish(session):
    session.config.stash[COLLECTED] = frozenset(sys.modules)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return dealing.Dealt(config, log) if config.option.dist == "loadgroup" else None


def pytest_runtest_logfinish():
    """Telemetry has a logger of its own each time, and pytest walks through all there are six times for each test."""
    there = logging.root.manager.loggerDict
    for name in [name for name in there if OWN_LOGGER.fullmatch(name)]:
        del there[name]


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


@pytest.fixture(scope="session", autouse=True)
def _botocore_costs_less():
    with pytest.MonkeyPatch.context() as patching:
        aws_costs_less.botocore(patching)
        yield


@pytest.fixture(scope="session", autouse=True)
def _moto_costs_less():
    """Where a test imports it; also as in the plane: every transaction would copy its whole table."""
    with pytest.MonkeyPatch.context() as patching:
        if "moto" in sys.modules:
            from integration.aws_plane import moto_changes

            moto_changes.cost_less()
            aws_costs_less.moto(patching)
        yield
