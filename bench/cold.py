"""Measures a cold start before the first event: importing a function's module and making its clients.

Measured in the bundle, as it is deployed, but with this machine's wheels and Python. Compared, in turns on the same
machine, with importing boto3 as pip installs it and making the same clients, which nobody can do without.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from integration.operations.deployment.bundle import bundle

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENTS = {
    "security_ir_poller": ("ssm", "s3", "kms", "dynamodb", "security-ir", "events"),
    "service_now_client": ("ssm", "s3", "kms", "dynamodb", "security-ir"),
    "security_ir_client": ("ssm", "s3", "kms", "dynamodb", "security-ir"),
    "service_now_notifications_handler": ("ssm", "events", "dynamodb"),
    "service_now_webhook_authorizer": ("secretsmanager",),
    "service_now_resource_setup_handler": ("ssm", "s3", "secretsmanager"),
    "service_now_token_rotation": ("ssm", "s3", "secretsmanager"),
}
AIM = 1.3
PLAIN = Path(boto3.__file__).parent.parent
"""Where pip has put boto3 here."""
_TIMED = """
import sys, time
sys.path.insert(0, {place!r})
began = time.process_time()
import {module}
import boto3
session = boto3.Session(region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
for name in {clients!r}:
    session.client(name)
print(time.process_time() - began)
"""
_IMPORTED = "import sys; sys.path.insert(0, {place!r}); import {module}"
_LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|( +)(\S+)")
_HEAVIEST = 6


@dataclass(frozen=True)
class Start:
    """Seconds of processor time, of the turn whose ratio is the median: a machine's speed changes between turns.
    `sources_s`: were there no bytecode in the bundle. `beyond`: the heaviest packages that boto3 alone does not import,
    in ms.
    """

    function: str
    own_s: float
    boto3_s: float
    sources_s: float = 0.0
    beyond: tuple[tuple[str, float], ...] = ()

    @property
    def ratio(self) -> float:
        return self.own_s / self.boto3_s

    @property
    def met(self) -> bool:
        return self.ratio <= AIM


@dataclass(frozen=True)
class Place:
    """`task`: the unpacked bundle; `cache`: bytecode of the boto3 that pip put here; `nothing`: a cache without any."""

    task: Path
    cache: Path
    nothing: Path


@contextmanager
def laid_out() -> Iterator[Place]:
    """The bundle for this machine, as Lambda would lay it out."""
    with tempfile.TemporaryDirectory() as folder:
        place = Place(*(Path(folder) / name for name in ("task", "cache", "nothing")))
        with zipfile.ZipFile(bundle(Path(folder), "host")) as archive:
            archive.extractall(place.task)
        _run(_program("boto3", CLIENTS["security_ir_poller"], PLAIN), cache=place.cache, writes=True)
        yield place


def start_of(function: str, place: Place, runs: int) -> Start:
    clients = CLIENTS[function]
    own, plain = _program(f"lambdas.{function}.index", clients, place.task), _program("boto3", clients, PLAIN)
    turns = [Start(function, _s(own), _s(plain, place.cache), _s(own, place.nothing)) for _ in range(runs)]
    usual = sorted(turns, key=lambda turn: turn.ratio)[runs // 2]
    return replace(usual, beyond=_beyond(f"lambdas.{function}.index", place.task))


def _program(module: str, clients: tuple[str, ...], where: Path) -> str:
    return _TIMED.format(place=str(where), module=module, clients=clients)


def _s(program: str, cache: Path | None = None) -> float:
    return float(_run(program, cache=cache).stdout)


def _beyond(module: str, task: Path) -> tuple[tuple[str, float], ...]:
    before, after = _packages("boto3", task), _packages(module, task)
    heavier = {name: ms - before.get(name, 0) for name, ms in after.items()}
    return tuple(sorted(heavier.items(), key=lambda item: -item[1])[:_HEAVIEST])


def _packages(module: str, task: Path) -> dict[str, float]:
    """Own time of the modules of each package, in ms."""
    spent: dict[str, float] = {}
    for line in _run(_IMPORTED.format(place=str(task), module=module), "-X", "importtime").stderr.splitlines():
        if match := _LINE.match(line):
            package = match[4].partition(".")[0]
            spent[package] = spent.get(package, 0) + int(match[1]) / 1000
    return spent


def _run(
    program: str, *options: str, cache: Path | None = None, writes: bool = False
) -> subprocess.CompletedProcess[str]:
    """In an interpreter that sees the standard library and what the program adds; bytecode in `cache` where given."""
    elsewhere = [] if cache is None else ["-X", f"pycache_prefix={cache}"]
    command = [sys.executable, "-I", "-S", *([] if writes else ["-B"]), *elsewhere, *options, "-c", program]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)  # noqa: S603 - our own interpreter and text
