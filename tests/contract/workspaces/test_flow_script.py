"""`test-complete-flow.sh`, with curl, against the real API over twins: what is in order passes, else it is named."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from integration.operations.waiting import until
from integration.operations.workspaces.endpoints import write_endpoints
from integration.operations.workspaces.machine import Machine
from integration.workspaces.model import Phase
from tests.browser.workspace_server import STAGE, serve_workspaces
from tests.fakes.workspace_edge import KEY

SCRIPT = Path(__file__).parents[3] / "integration/operations/workspaces/scripts/test-complete-flow.sh"
pytestmark = pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="curl or jq is missing")


@pytest.fixture
def served():
    with serve_workspaces() as made:
        yield made


def flow(served, folder):
    """Exit code and what it says; once its workspace ends, queue and clock do their work."""
    endpoints = folder / "endpoints.sh"
    write_endpoints(endpoints, Machine(served.origin + STAGE, KEY))
    running = subprocess.Popen([SCRIPT, endpoints], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    until(lambda: running.poll() is not None or ending(served), what="an end")
    served.settle()
    said, _ = running.communicate(timeout=60)
    return running.returncode, said.splitlines()


def ending(served):
    with served.lock:
        return any(row.ended or row.phase is Phase.ENDING for row in served.system.rows().values())


def test_all_of_it_passes_and_nothing_is_left(served, tmp_path):
    code, said = flow(served, tmp_path)
    assert (code, said[-1]) == (0, "PASSED"), "\n".join(said)
    assert all(line.startswith("pass  ") for line in said[:-1])
    assert served.system.buckets.buckets == {}


def test_an_upload_that_is_refused_is_named_and_its_workspace_ends(served, tmp_path):
    served.refuse = [403]
    code, said = flow(served, tmp_path)
    assert (code, said[-2:]) == (1, ["fail  the upload: 403 ", "FAILED"]), "\n".join(said)
    assert served.system.buckets.buckets == {}
