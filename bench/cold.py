"""What a cold start costs before the first event: importing a function's module and making its clients.

Compared, in turns on the same machine, with importing boto3 and making the same clients, which nobody can do without.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

CLIENTS = {
    "security_ir_poller": ("ssm", "s3", "kms", "dynamodb", "security-ir", "events"),
    "service_now_client": ("ssm", "s3", "kms", "dynamodb", "security-ir"),
    "security_ir_client": ("ssm", "s3", "kms", "dynamodb", "security-ir"),
    "service_now_notifications_handler": ("ssm", "events"),
    "service_now_webhook_authorizer": ("secretsmanager",),
    "service_now_resource_setup_handler": ("ssm", "s3", "secretsmanager"),
    "service_now_token_rotation": ("ssm", "s3", "secretsmanager"),
}
AIM = 1.3
LOCK = Path(__file__).resolve().parent.parent / "lambdas" / "requirements.lock"
_TIMED = """
import sys, time
sys.modules.update(dict.fromkeys({hidden!r}))
began = time.process_time()
import {module}
import boto3
session = boto3.Session(region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
for name in {clients!r}:
    session.client(name)
print(time.process_time() - began)
"""
_LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|( +)(\S+)")
_HEAVIEST = 6


def not_bundled() -> list[str]:
    """Packages of this environment that the functions' lock does not name: what they would import is hidden."""
    locked = {_plain(line.partition("==")[0]) for line in LOCK.read_text(encoding="utf-8").splitlines() if "==" in line}
    found = packages_distributions()
    return sorted(name for name, homes in found.items() if not locked & {_plain(home) for home in homes})


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(".", "-")


@dataclass(frozen=True)
class Start:
    """Seconds of processor time, the least of several runs. `beyond`: the heaviest packages that boto3 alone does not
    import, in ms.
    """

    function: str
    own_s: float
    boto3_s: float
    beyond: tuple[tuple[str, float], ...] = ()

    @property
    def ratio(self) -> float:
        return self.own_s / self.boto3_s

    @property
    def met(self) -> bool:
        return self.ratio <= AIM


def start_of(function: str, runs: int) -> Start:
    clients = CLIENTS[function]
    own, plain = f"lambdas.{function}.index", "boto3"
    pairs = [(_timed(own, clients), _timed(plain, clients)) for _ in range(runs)]
    return Start(function, min(a for a, _ in pairs), min(b for _, b in pairs), _beyond(own))


def _timed(module: str, clients: tuple[str, ...]) -> float:
    return float(_run("-c", _TIMED.format(module=module, clients=clients, hidden=not_bundled())).stdout)


def _beyond(module: str) -> tuple[tuple[str, float], ...]:
    before, after = _packages("boto3"), _packages(module)
    heavier = {name: ms - before.get(name, 0) for name, ms in after.items()}
    return tuple(sorted(heavier.items(), key=lambda item: -item[1])[:_HEAVIEST])


def _packages(module: str) -> dict[str, float]:
    """Own time of the modules of each package, in ms."""
    spent: dict[str, float] = {}
    for line in _run("-X", "importtime", "-c", f"import {module}").stderr.splitlines():
        if match := _LINE.match(line):
            package = match[4].partition(".")[0]
            spent[package] = spent.get(package, 0) + int(match[1]) / 1000
    return spent


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True, timeout=120)  # noqa: S603 - our own interpreter and text
