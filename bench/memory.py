"""Measures the memory of the functions at the limits: the largest files, and a case full of everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.conditions import settled
from bench.workload import Scene
from integration.constants import LAMBDA_MEMORY_SIZE
from integration.operations.waiting import until

if TYPE_CHECKING:
    from integration.operations.local.system import LocalSystem

MIB = 1 << 20
FULL = {"comments": 1000, "characters": 12_000, "files": 50, "watchers": 30}
"""Security IR's quotas for one case."""
_TIMEOUT_S, _LOOK_S = 600, 0.5


@dataclass(frozen=True)
class Peak:
    """Peak resident memory, in MiB, of the function's process; `idle` before the work."""

    what: str
    function: str
    idle: float
    peak: float

    @property
    def fits(self) -> bool:
        return self.peak <= LAMBDA_MEMORY_SIZE


def large_file_to_incident(running: LocalSystem, mib: int) -> Peak:
    scene = Scene(running)
    scene.new_case()
    until(scene.incident_exists, what="an incident")
    settled(running)
    idle = _peak(running, running.names.servicenow_client)
    scene.fresh("large")
    scene.people.attach_to_case(scene.case, f"{scene.text.replace(' ', '-')}.txt", bytes(mib * MIB))
    until(scene.file_on_incident, _TIMEOUT_S, what="a large file on the incident")
    settled(running, _TIMEOUT_S)
    function = running.names.servicenow_client
    return Peak(f"{mib} MiB, AWS to ServiceNow", function, idle, _peak(running, function))


def large_file_to_case(running: LocalSystem, mib: int) -> Peak:
    scene = Scene(running)
    scene.new_incident()
    until(scene.case_exists, what="a case")
    settled(running)
    function = running.names.security_ir_client
    idle = _peak(running, function)
    scene.fresh("large")
    scene.people.attach_to_incident(scene.incident, f"{scene.text.replace(' ', '-')}.txt", bytes(mib * MIB))
    until(scene.file_on_case, _TIMEOUT_S, what="a large file on the case")
    settled(running, _TIMEOUT_S)
    return Peak(f"{mib} MiB, ServiceNow to AWS", function, idle, _peak(running, function))


def full_case(running: LocalSystem, share: float = 1.0) -> Peak:
    """Read as a whole before anything is carried over; what follows goes in pieces, so its first notes are enough."""
    function = running.names.security_ir_client
    idle = _peak(running, function)
    many = {name: max(1, int(limit * share)) for name, limit in FULL.items()}
    case = {
        "title": "F" * 300, "description": "D" * 8000,
        "watchers": [{"email": f"watcher{n}@example.com"} for n in range(many["watchers"])],
        "comments": [{"body": f"{n} " + "c" * (FULL["characters"] - 10)} for n in range(many["comments"])],
        "attachments": [{"fileName": f"evidence-{n}.txt", "text": "e" * 1000} for n in range(many["files"])],
    }  # fmt: skip
    scene = Scene(running)
    seeded = scene.people.security_ir.send("POST", "seed", json={"cases": [case]}, timeout_s=_TIMEOUT_S)
    scene.case = seeded["caseIds"][0]
    until(scene.incident_exists, 120, what="the full case's incident")
    sys_id = scene.people.incident_of(scene.case)["sys_id"]
    until(lambda: len(scene.people.journal(sys_id)) > many["comments"] // 10, _TIMEOUT_S, "its first notes", _LOOK_S)
    peak = max(_peak(running, name) for name in (function, running.names.servicenow_client))
    what = f"a case with {many['comments']} comments of {FULL['characters']} characters and {many['files']} files"
    return Peak(what, function, idle, peak)


def _peak(running: LocalSystem, name: str) -> float:
    """Of the processes that live and of those whose invocation ended."""
    function = running.plane.functions[name]
    return round(max([function.peak_mib, *(_now(pid) for pid in function.processes)]), 1)


def _now(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:  # noqa: PTH123 - a line of /proc
            lines = [line for line in status if line.startswith("VmHWM:")]
    except OSError:
        return 0.0
    return int(lines[0].split()[1]) / 1024 if lines else 0.0
