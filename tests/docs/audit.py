"""Known vulnerabilities of what is locked, and a bill of materials of the bundle: `make audit`.

A database that cannot be reached, or does not know a package, is said, never taken for a clean answer: pip-audit ends
with 0 there, and some mirrors of PyPI and npm serve no advisories.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
import uuid
from typing import TYPE_CHECKING, Any

from integration.operations.deployment.node import find_node
from tests.docs.pages import ROOT
from tests.environments import PIP_AUDIT, UV

if TYPE_CHECKING:
    from pathlib import Path

LOCKS = ("lambdas/requirements.lock", "requirements.lock")
CDK = ROOT / "integration/operations/rollout"
SBOM = ROOT / "dist/sbom.cdx.json"
NAMESPACE = uuid.UUID("6c1f7d4e-8a5b-5d0e-9a53-1f0f3a1f6b52")
PATIENCE_S = 300
_LOCKED = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>[^\s\\;]+)(?P<hashes>[^#]*)", re.MULTILINE)


def bill(lock: str, version: str) -> dict[str, Any]:
    """CycloneDX 1.6 (ECMA-424) of what the functions' archive holds, from its lock; equal for an equal lock.

    A lock does not say which of a release's files a hash is of, so the hashes stand as properties.
    """
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, lock + version)}",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "aws-servicenow-integrations", "version": version}},
        "components": [_component(found) for found in _LOCKED.finditer(lock)],
    }


def _component(found: re.Match[str]) -> dict[str, Any]:
    purl = f"pkg:pypi/{found['name']}@{found['version']}"
    hashes = re.findall(r"sha256:([0-9a-f]{64})", found["hashes"])
    return {
        "type": "library",
        "bom-ref": purl,
        "name": found["name"],
        "version": found["version"],
        "purl": purl,
        "properties": [{"name": "lock:sha256", "value": each} for each in hashes],
    }


def of_pip(told: str) -> tuple[list[str], str]:
    """What pip-audit's JSON names, and what it could not look up (empty: it looked up everything)."""
    try:
        packages = json.loads(told)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return [], f"pip-audit gave no answer: {' '.join(told.split())[-200:]}"
    known = [f"{p['name']} {p['version']}: {v['id']}" for p in packages for v in p.get("vulns", ())]
    unknown = [p["name"] for p in packages if "skip_reason" in p]
    return known, f"{len(unknown)} of {len(packages)} packages are in no database reached here" if unknown else ""


def of_npm(told: str) -> tuple[list[str], str]:
    """The same of `npm audit --json`."""
    try:
        answer = json.loads(told)
        found = answer["vulnerabilities"]
    except (ValueError, KeyError, TypeError):
        return [], f"npm's database was not reached: {' '.join(told.split())[:100]}"
    return [f"{name}: {each['severity']}" for name, each in found.items()], ""


def _said(command: list[str], folder: Path = ROOT) -> str:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return type(error).__name__
    return done.stdout or done.stderr


def main() -> int:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    SBOM.parent.mkdir(exist_ok=True)
    SBOM.write_text(json.dumps(bill((ROOT / LOCKS[0]).read_text(), version), indent=2) + "\n")
    print(f"bill of materials: {SBOM.relative_to(ROOT)}")
    uv = [UV, "tool", "run", "--from", PIP_AUDIT, "pip-audit"]
    options = ["--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    answers = {lock: of_pip(_said([*uv, "-r", lock, *options])) for lock in LOCKS}
    answers["the CDK CLI"] = of_npm(_said([*find_node().npm, "audit", "--json"], CDK))
    for what, (known, untold) in answers.items():
        print(f"{what}: {', '.join(known) or ('NOT AUDITED' if untold else 'no known vulnerability')}")
        print(f"  {untold}\n" if untold else "", end="")
    if any(known for known, _ in answers.values()):
        return 1
    return 2 if any(untold for _, untold in answers.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
