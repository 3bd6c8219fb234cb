"""Checks of the options typed, without a call to any system."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from integration.operations.checking.verdict import Verdict, fail, ok, warn
from integration.operations.deployment.deployed import deploying
from integration.operations.deployment.key_file import certificate_problem
from integration.operations.terminal.output import command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from integration.operations.checking.run import Asked
    from integration.operations.deployment.deployed import Deployed
    from integration.operations.deployment.key_file import KeyFile


def sys_id_remark(sys_id: str) -> str:
    """Empty, or why this is probably no sys_id. The instance decides, since some have odd ones."""
    if re.fullmatch(r"[0-9a-f]{32}", sys_id):
        return ""
    return "--user-sys-id is not 32 hexadecimal digits; copy the user's Sys ID, not its user name"


def differing(asked: Asked, deployed: Deployed) -> Iterator[Verdict]:
    """What was given and stands otherwise in the account: the functions run with what is deployed."""
    stored = deployed.connection.settings
    pairs = {
        "--instance-id": (asked.instance_id, stored.instance),
        "--client-id": (asked.client_id, stored.client_id),
        "--user-sys-id": (asked.user_sys_id, stored.user_sys_id),
        "--integration-module": (asked.integration_module, deployed.cases.rules.module.value),
        "--incident-filter": (asked.incident_filter, str(deployed.connection.values.get("incident_filter") or "")),
    }
    for option, (given, there) in pairs.items():
        if given is not None and given != there:
            told = f"{option} is not what is deployed ({there or 'none'})"
            yield warn("given", told, deploying(deployed, f"… {option} …"))


def filter_of(asked: Asked, deployed: Deployed | None) -> str:
    """As given, else as deployed."""
    if asked.incident_filter is not None:
        return asked.incident_filter
    return str(deployed.connection.values.get("incident_filter") or "") if deployed else ""


def key_verdicts(key: KeyFile, certificate: Path | None) -> Iterator[Verdict]:
    """Raises `Failure` where the certificate is none."""
    yield ok("key", f"{key.path}: RSA, {key.bits} bits, {key.form}")
    if key.loose:
        yield warn("key", f"{key.path} can be read by others on this machine", f"chmod 600 {key.path}")
    if certificate is None:
        return
    problem = certificate_problem(certificate, key)
    if not problem:
        yield ok("certificate", f"{certificate} belongs to the key")
    elif "expires" in problem:
        yield warn("certificate", problem, command("rotate-key"))
    else:
        yield fail("certificate", problem, command("keygen"))
