"""A forked function is as apart as one with an interpreter of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from integration.aws_plane.environment import Environment
from integration.aws_plane.fork_server import Serving
from integration.aws_plane.forking import CALLED
from integration.operations.waiting import until

FUNCTION = """
import os, sys

def handler(event, context):
    if event.get("code"):
        os._exit(event["code"])
    if event.get("services"):
        return files_read(event["services"])
    print("seen by its own log")
    return {"pid": os.getpid(), "group": os.getpgrp(), "variables": dict(os.environ), "folder": os.getcwd(),
            "ours": [name for name in sys.modules if name.split(".")[0] in ("integration", "lambdas")]}

def files_read(services):
    import boto3
    from botocore.loaders import JSONFileLoader

    read, load = [], JSONFileLoader.load_file

    def load_file(self, path):
        found = load(self, path)
        read.extend([path] if found is not None else [])
        return found

    JSONFileLoader.load_file = load_file
    for service in services:
        boto3.client(service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
    return read
"""


@pytest.fixture
def lines():
    return []


@pytest.fixture
def started(tmp_path, lines):
    (tmp_path / "tiny.py").write_text(FUNCTION)
    environments = []

    def start(**variables):
        known = {"PATH": os.defpath, "PYTHONPATH": str(tmp_path), **variables}
        environments.append(Environment("tiny.handler", known, tmp_path, lines.append))
        return environments[-1]

    yield start
    for environment in environments:
        environment.kill()


def invoke(environment, **event):
    return environment.invoke(json.dumps(event).encode(), "arn:aws:lambda:::function:tiny", 20)


def test_it_has_its_own_variables_folder_and_group(started, tmp_path, lines):
    """Nothing of the plane's environment reaches it, and none of our modules is there before it imports them."""
    environment = started(COLOUR="blue")
    told = invoke(environment).answer
    assert told["pid"] == told["group"] == environment.process.pid != os.getpid()
    assert told["variables"].keys() - {"AWS_LAMBDA_RUNTIME_API", "_X_AMZN_TRACE_ID"} == {"COLOUR", "PATH", "PYTHONPATH"}
    assert (told["folder"], told["ours"]) == (str(tmp_path), [])
    until(lambda: "seen by its own log" in lines)


def test_two_of_them_share_nothing(started):
    first, second = started(COLOUR="blue"), started(COLOUR="red")
    colours = [invoke(each).answer["variables"]["COLOUR"] for each in (first, second)]
    assert (colours, first.process.pid == second.process.pid) == (["blue", "red"], False)


@pytest.mark.parametrize(("code", "said"), [(7, "exit status 7"), (1, "exit status 1")])
def test_its_exit_code_is_told(started, code, said):
    outcome = invoke(started(), code=code)
    assert said in outcome.answer["errorMessage"]


def test_a_killed_one_is_gone(started):
    environment = started()
    pid = invoke(environment).answer["pid"]
    environment.kill()
    assert environment.exit_code == -signal.SIGKILL
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_one_that_ends_as_it_begins_keeps_its_exit_code():
    """Both lines may be read before whoever started it looks."""
    ours, theirs = socket.socketpair()
    with ours, theirs, ThreadPoolExecutor() as asking:
        asked = asking.submit(Serving(ours).fork, {}, theirs.fileno())
        theirs.recv(1)
        theirs.sendall(b"started 5\nended 5 3\n")
        pid, ended = asked.result(5)
        assert (pid, ended.result(5)) == (5, 3)
        theirs.shutdown(socket.SHUT_RDWR)


def test_it_ends_before_the_process_that_asked_it(tmp_path):
    """Else that one would say that a child of its own still runs."""
    (tmp_path / "tiny.py").write_text(FUNCTION)
    asks = (
        "import sys; from pathlib import Path; from integration.aws_plane.fork_server import ForkServer;"
        "ForkServer().start('tiny.handler', {'PYTHONPATH': sys.argv[1]}, Path(sys.argv[1])).stdout.close()"
    )
    command = [sys.executable, "-W", "always::ResourceWarning", "-c", asks, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_child_that_ends_after_the_last_request_is_no_error():
    """Its signal comes while the process is about to end, and nobody looks for it any more."""
    last = (
        "import os, signal, socket; from integration.aws_plane.forking import serve;"
        "ours, theirs = socket.socketpair(); theirs.close(); serve(ours); os.kill(os.getpid(), signal.SIGCHLD)"
    )
    done = subprocess.run([sys.executable, "-c", last], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_models_of_what_functions_call_are_there(started):
    """Those of another service it reads itself."""
    assert invoke(started(), services=CALLED).answer == []
    assert invoke(started(), services=["sns"]).answer != []
