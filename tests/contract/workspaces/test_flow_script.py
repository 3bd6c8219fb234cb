"""`test-complete-flow.sh`, with curl, against the real API over twins: what is in order passes, else it is named."""

from __future__ import annotations

import json
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


class Twisted:
    """An API of which the answers to one call are `change`d."""

    def __init__(self, inner, method, path, change):
        self._inner, self._call, self._change = inner, (method, path), change

    def answer(self, event):
        answer = self._inner.answer(event)
        fits = event["httpMethod"] == self._call[0] and event["path"].startswith(self._call[1])
        return {**answer, **self._change(answer)} if fits else answer


def saying(**members):
    return lambda answer: {"body": json.dumps(json.loads(answer["body"]) | members)}


def as_if_allowed(answer):
    return {"statusCode": 200} if answer["statusCode"] in {403, 409} else {}


MISTAKES = {
    "without a key: 200": ("machines", "POST", "/workspaces", as_if_allowed),
    "the page: 404": ("people", "GET", "/w", lambda _: {"statusCode": 404}),
    "the link opens it and shows whose it is": ("people", "GET", "/w/me", saying(name="somebody else")),
    "a file is uploaded and listed": ("people", "GET", "/w/files", saying(files=[])),
    "its proof names the file": ("machines", "GET", "/workspaces/", saying(proof="0 files, 0 bytes archived")),
    "an address afterwards: 200": ("people", "POST", "/w/downloads", as_if_allowed),
}
"""What the flow says → which API answers what otherwise."""


@pytest.mark.parametrize("said", MISTAKES)
def test_what_is_wrong_is_named_and_its_workspace_ends(served, tmp_path, said):
    api, *call = MISTAKES[said]
    setattr(served.edge, api, Twisted(getattr(served.edge, api), *call))
    code, lines = flow(served, tmp_path)
    assert (code, lines[-1], lines[-2].startswith(f"fail  {said}")) == (1, "FAILED", True), "\n".join(lines)
    assert served.system.buckets.buckets == {}


def test_a_file_that_comes_back_otherwise_is_named(served, tmp_path, monkeypatch):
    landed = served.edge.files.land
    monkeypatch.setattr(served.edge.files, "land", lambda bucket, key, content: landed(bucket, key, content[::-1]))
    code, lines = flow(served, tmp_path)
    assert (code, lines[-2:]) == (1, ["fail  the file comes back as it was", "FAILED"]), "\n".join(lines)
