"""The import picture of docs/architecture.md, from the imports themselves."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module

import grimp

DECLARATION = re.compile(r"^integration\.(?:operations\.)?\w+\.declaration$")
PACKAGES = ("integration", "lambdas", "mappers", "servicenow_setup")
ROOMS = {
    "integration.model": "the words",
    "integration.module": "the two tables of incidents",
    "integration.names": "the names",
    "integration.constants": "the knobs",
    "integration.declaration": "what an integration is known by",
    "integration.clients": "of both systems; know nothing of ours",
    "integration.aws": "table, bus, secrets, settings, telemetry",
    "mappers": "what corresponds to what, pure",
    "integration.reconcile": "the kernel: claims, verdicts, batches",
    "integration.connection": "one instance: sign-in, webhook, token, set-up",
    "integration.cases": "cases and incidents in step",
    "integration.changes": "changes that pipelines ask for",
    "integration.workspaces": "workspaces, made and proven gone",
    "servicenow_setup": "what stands in the instance",
    "integration.registry": "the integrations, a line each",
    "lambdas": "the functions' entry points",
    "integration.operations.declaration": "how an integration is deployed and operated",
    "integration.operations.stacks": "what templates are made of",
    "integration.operations.terminal": "what the person types and sees",
    "integration.operations.deployment": "one deployment in one account",
    "integration.operations.checking": "the checks",
    "integration.operations.rollout": "the steps of a deployment",
    "integration.operations.connection": "what operates the connection to one instance",
    "integration.operations.cases": "what operates cases and incidents in step",
    "integration.operations.registry": "the integrations as they are operated, a line each",
    "integration.operations.synth": "templates from the declarations",
    "integration.operations.console": "the web page",
    "integration.operations.local": "the local system and its tour",
    "integration.operations.commands": "the command line",
    "integration.operations.pages": "pages written from the code",
    "integration.emulators": "both systems, emulated",
    "integration.aws_plane": "AWS from the template",
}
LEFT_OUT = {
    "integration", "integration.operations", "integration.operations.app", "integration.operations.folders",
    "integration.operations.overview", "integration.operations.sources", "integration.operations.tour",
    "integration.operations.waiting",
}  # fmt: skip
"""The two wings themselves, the one line that starts the commands, and small modules that any tool may use."""


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)


@cache
def rooms() -> dict[str, str]:
    """Of an integration that is not named above, what its declaration says it is."""
    declared = {each.removesuffix(".declaration"): each for each in _graph().modules if DECLARATION.search(each)}
    others = sorted(declared.keys() - ROOMS.keys() - LEFT_OUT)
    return ROOMS | {room: _first_words(declared[room]) for room in others}


def _first_words(module: str) -> str:
    return (import_module(module).__doc__ or "").partition(".")[0]


def roomless() -> set[str]:
    return {module for module in _graph().modules if _room(module) is None}


@cache
def imports() -> dict[str, frozenset[str]]:
    """Room → the rooms it imports when it runs; imports for type checking only do not count."""
    graph = _graph()
    found: dict[str, set[str]] = {room: set() for room in rooms()}
    for module in graph.modules:
        room = _room(module)
        if room is not None:
            others = {_room(each) for each in graph.find_modules_directly_imported_by(module)}
            found[room] |= {each for each in others if each is not None and each != room}
    return {room: frozenset(others) for room, others in found.items()}


def _room(module: str) -> str | None:
    return next((r for r in sorted(rooms(), key=len, reverse=True) if module == r or module.startswith(r + ".")), None)


def _reach(room: str, seen: frozenset[str] = frozenset()) -> set[str]:
    found: set[str] = set()
    for other in imports()[room] - seen:
        found |= {other} | _reach(other, seen | {room})
    return found


def _needed(room: str) -> list[str]:
    """Without what another import of the room leads to anyway, so that the picture can be read."""
    direct = imports()[room]
    return sorted(o for o in direct if not any(o in _reach(via) for via in direct - {o} if room not in _reach(via)))


def mermaid() -> str:
    lines = ["```mermaid", "flowchart TD"]
    lines += [f'    {_id(room)}["<b>{room}</b><br>{what}"]' for room, what in rooms().items()]
    lines += [f"    {_id(room)} --> {_id(other)}" for room in rooms() for other in _needed(room)]
    return "\n".join([*lines, "```", ""])


def table() -> str:
    rows = [f"| `{room}` | {_names(imports()[room])} |" for room in rooms()]
    return "\n".join(["| room | imports |", "|---|---|", *rows, ""])


def _names(rooms: frozenset[str]) -> str:
    return " ".join(f"`{room}`" for room in sorted(rooms)) or "nothing of ours"


def _id(room: str) -> str:
    return room.replace(".", "_")
