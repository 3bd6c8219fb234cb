"""The command `local` as a person meets it: one sentence for a mistake, URLs that work, nothing left behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from integration.operations.local.credentials import new_key_pair
from integration.operations.waiting import until
from tests.e2e.terminal import AS_IN_A_TERMINAL

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "deploy_integrations_solution.py", "local"]
REAL = ("--servicenow-url", "http://127.0.0.1:9", "--client-id", "c", "--user-sys-id", "u")


def run(*options, **variables):
    return subprocess.run(
        [*COMMAND, *options], cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False,
        env={"COLUMNS": "200", **os.environ, **variables},
    )  # fmt: skip


@pytest.fixture
def taken_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        yield str(held.getsockname()[1])


@pytest.fixture
def key_path(tmp_path):
    path = tmp_path / "private.key"
    path.write_text(new_key_pair().private_key)
    return str(path)


MISTAKES = {
    "an unknown module": (("--module", "csm"), "'csm' is not one of 'itsm', 'ir'"),
    "a port that is none": (("--port", "99999"), "99999 is not in the range"),
    "a URL that is none": (("--servicenow-url", "dev12345"), "'dev12345' is no base URL"),
    "a URL with a path": (("--security-ir-url", "https://x/y"), "is no base URL"),
    "credentials for nobody": (("--client-id", "c"), "--client-id: only together with --servicenow-url"),
    "an instance without credentials": (
        ("--servicenow-url", "http://127.0.0.1:9"),
        "needs --client-id, --client-secret, --user-sys-id",
    ),
    "a secret file that is missing": ((*REAL, "--client-secret", "@/nowhere"), "/nowhere cannot be read"),
    "no secret": ((*REAL, "--private-key-path", "k"), "needs --client-secret"),
    "a tour without emulators": (("--tour", "--security-ir-url", "http://127.0.0.1:9"), "--tour acts on both sides"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_one_sentence_and_exit_code_2(mistake):
    options, sentence = MISTAKES[mistake]
    ended = run(*options)
    assert ended.returncode == 2
    assert sentence in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "No such file"),
        ("not a key", "is not a private key in PEM form"),
        (new_key_pair().certificate, "is a certificate or public key"),
    ],
    ids=["no file", "no key", "certificate"],
)
def test_a_wrong_key_file_is_told(tmp_path, content, sentence):
    path = tmp_path / "k.pem"
    if content is not None:
        path.write_text(content)
    ended = run(*REAL, "--private-key-path", str(path), SERVICENOW_CLIENT_SECRET="x")
    assert ended.returncode == 2
    assert sentence in " ".join(ended.stderr.split())


def test_an_instance_that_does_not_answer_is_told(key_path):
    ended = run(*REAL, "--private-key-path", key_path, SERVICENOW_CLIENT_SECRET="x")
    assert ended.returncode == 2
    assert "http://127.0.0.1:9 does not answer" in " ".join(ended.stderr.split())


def test_a_port_in_use_is_told(taken_port):
    ended = run("--port", taken_port)
    assert ended.returncode == 2
    assert f"port {taken_port} is in use" in ended.stderr
    assert "Traceback" not in ended.stderr


def descendants(pid):
    """Process ids of all that `pid` started, itself not included."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(text.rpartition(")")[2].split()[1])
    found, fringe = set(), {pid}
    while fringe:
        fringe = {child for child, parent in parents.items() if parent in fringe}
        found |= fringe
    return found


def gone(pids):
    """A child of a child notices a moment later that its parent is gone."""
    until(lambda: not [pid for pid in pids if Path(f"/proc/{pid}").exists()], 5, "their end")


@pytest.fixture
def as_on_a_mac(tmp_path, monkeypatch):
    """No process of this test finds the native part of awslambdaric, nor quickjs."""
    hidden = "import sys\nsys.modules['runtime_client'] = sys.modules['quickjs'] = None\n"
    (tmp_path / "sitecustomize.py").write_text(hidden)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


@pytest.fixture
def started():
    """`local` in a process of its own, ready; killed if the test did not end it."""
    process = subprocess.Popen(
        [*AS_IN_A_TERMINAL, *COMMAND],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    process.stdout.close()
    process.stderr.close()


@pytest.mark.usefixtures("as_on_a_mac")
def test_what_it_prints_works_and_nothing_is_left_after_sigterm(started):
    """Also where neither native part has a wheel: functions run in our loop, rules in Node. All others have both."""
    lines = [started.stdout.readline()]
    assert lines[0] == "Running. Ctrl-C stops it.\n"
    while "list-cases" not in lines[-1]:
        assert started.poll() is None, started.stderr.read()
        lines.append(started.stdout.readline())
    commands = [line.strip() for line in lines if line.strip().startswith("curl")]
    made = json.loads(shell(commands[0]))
    found = until(lambda: json.loads(shell(commands[1]))["result"], 20)
    assert found[0]["short_description"].endswith("Odd log-ins")
    assert made["caseId"]
    assert json.loads(shell(commands[2]))["result"]["number"].startswith("INC")
    webhook = re.search(r"http\S+/prod/webhook", "".join(lines))[0]
    assert requests.post(webhook, json={}, timeout=10).status_code == 401
    children = descendants(started.pid)
    told = [Path(f"/proc/{pid}/cmdline").read_text() for pid in children]
    assert any("plane/runtime.py" in each for each in told)
    assert not any("awslambdaric" in each for each in told)
    started.send_signal(signal.SIGTERM)
    assert started.wait(30) == 0
    gone(children)


def shell(command):
    ran = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=30, check=True)
    return ran.stdout


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGHUP, -1), (signal.SIGKILL, -9)])
def test_an_end_during_the_start_leaves_nothing(started, number, code):
    """By Ctrl-C, with the terminal, or by force."""
    while "emulators" not in started.stderr.readline():
        assert started.poll() is None
    children = until(lambda: descendants(started.pid), 10, look_s=0.02)
    started.send_signal(number)
    assert started.wait(60) == code
    gone(children)
