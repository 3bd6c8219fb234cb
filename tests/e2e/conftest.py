"""The whole system, once per module and session: emulators, plane, functions, as `local` starts it.

Tests of one module share its system, so they run in one worker and use cases and incidents of their own.
"""

from pathlib import Path

import pytest

from integration.module import Module
from integration.operations import waiting
from integration.operations.local.system import Options, start
from tests.e2e.shift import MANY_CASES, Shift

HERE = Path(__file__).parent
SYSTEMS = ("itsm", "ir")
APART = frozenset({"test_budget", "test_canary", "test_faults", "test_killed"})
"""Their ITSM system is one of another worker: with them the group would end minutes after all others."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Whatever needs a plane is marked, and grouped by the one it shares (`--dist loadgroup`)."""
    for item in items:
        if not item.nodeid.startswith("tests/e2e/"):
            continue
        item.add_marker(pytest.mark.plane)
        item.add_marker(pytest.mark.xdist_group(_group(item)))


def _group(item):
    chosen = getattr(item, "callspec", None)
    system = chosen.params.get("system") if chosen else None
    if chosen and "lone" in chosen.params:
        system = f"lone-{chosen.params['lone']}"
    shared = [name for name in SYSTEMS if name in item.fixturenames]
    own = item.path.stem if item.path.parent == HERE else item.path.parent.name
    group = system or (shared[0] if shared else own)
    return f"{group}-apart" if item.path.stem in APART else group


@pytest.fixture(scope="session")
def itsm():
    with start(Options(module=Module.ITSM, settings=MANY_CASES)) as running:
        yield running


@pytest.fixture(scope="session")
def ir():
    with start(Options(module=Module.IR, settings=MANY_CASES)) as running:
        yield running


@pytest.fixture(params=SYSTEMS)
def system(request):
    """Each module in turn: what holds for one holds for both."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def day(system):
    """People on both sides of a system, with the tools of an operator."""
    return Shift(system)


@pytest.fixture(params=Module, ids=str, scope="session")
def lone(request):
    """A system for what concerns all there is in one."""
    with start(Options(module=request.param, settings=MANY_CASES)) as running:
        yield running


@pytest.fixture
def lone_day(lone):
    return Shift(lone)


@pytest.fixture(scope="session")
def late_commits():
    """By module: a case whose incident's creation lost its answer and lands ten seconds later."""
    return {}


@pytest.fixture(autouse=True)
def begin_late_commit(request, late_commits):
    """Begun with a system's first test, since what follows takes more than a minute."""
    if "day" not in request.fixturenames and "late_commit" not in request.fixturenames:
        return
    day = request.getfixturevalue("day")
    if day.module not in late_commits:
        day.break_servicenow(kind="commit-late", method="POST", path=f"*/table/{day.table}", seconds=10)
        late_commits[day.module] = day.new_case(day.title(), "The answer to this will be lost.")
        day.until(day.spent)


@pytest.fixture
def late_commit(day, begin_late_commit, late_commits):
    return day, late_commits[day.module]


@pytest.fixture
def itsm_day(itsm):
    return Shift(itsm)


@pytest.fixture
def ir_day(ir):
    return Shift(ir)


@pytest.fixture(autouse=True)
def within_its_rights(request):
    """No function is refused anything by its role, none needs more memory than it is given, and no fault is left."""
    shared = [request.getfixturevalue(n) for n in SYSTEMS if n in request.fixturenames]
    if "system" in request.fixturenames:
        shared.append(request.getfixturevalue("system"))
    before = [len(running.plane.denied()) for running in shared]
    yield
    for running, known in zip(shared, before, strict=True):
        Shift(running).mend()
        assert [str(denial) for denial in running.plane.denied()[known:]] == []
        over = [f.name for f in running.plane.functions if f.peak_mib > f.definition.memory_mib]
        assert over == []


@pytest.fixture
def until():
    """Wait for a condition; its value."""
    return waiting.until
