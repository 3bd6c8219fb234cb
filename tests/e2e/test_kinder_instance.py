"""What passes on a strict instance passes on one that hides every mistake: the product asks, it does not assume."""

from integration.emulators.servicenow.switches import KINDER
from integration.operations.cases.tour import DAY
from integration.operations.local import tour
from integration.operations.local.system import Options, start
from tests.e2e.shift import Shift


def test_a_whole_day_passes_on_the_kindest_instance(monkeypatch):
    monkeypatch.setattr(tour, "PATIENCE_S", 120.0)
    with start(Options(instance=KINDER)) as running:
        day = Shift(running)
        toured = tour.run([DAY], day, day.module, lambda: sum(day.dead().values()), day.poll, lambda _outcome: None)
        day.quiet()
    assert {step.name: step.why for step in toured.steps if not step.arrived} == {}
    assert (toured.duplicates, toured.dead_letters) == (0, 0)
