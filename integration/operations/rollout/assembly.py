"""The functions' archive and the templates, made on this machine."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass, fields
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from integration.operations.deployment import synthesis
from integration.operations.deployment.build_cache import kept_folder
from integration.operations.deployment.bundle import BundleFailed, kept_bundle
from integration.operations.deployment.cloudformation import all_names
from integration.operations.deployment.cold_start import RUNTIME, compiler
from integration.operations.deployment.digest import digest_of
from integration.operations.folders import cache_folder
from integration.operations.sources import REPOSITORY, TEMPLATES, sources
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import NO_ANSWER, USAGE
from integration.registry import with_connection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.operations.deployment.account import Account
    from integration.operations.deployment.request import Request
    from integration.operations.stacks.deployment import Deployment
    from integration.operations.terminal.output import Output


KEPT = 4
"""Assemblies, each with the functions' archive; the oldest go."""


@dataclass(frozen=True)
class Assembly:
    """`templates` by stack name, in the order of deployment."""

    folder: Path
    templates: Mapping[str, Mapping[str, Any]]


def warn_of_slow_starts(output: Output) -> None:
    """Said where the functions are about to be deployed; a plan deploys none."""
    if compiler() is None:
        output.warn(
            f"there is no Python {RUNTIME} on this machine to compile the functions with, so each of them starts more"
            f" than twice as slowly → install python{RUNTIME}, then run this again"
        )


def functions_archive() -> Path:
    """The bundle; the same input gives the same file. Raises `Failure`."""
    try:
        return kept_bundle(cache_folder("bundle"))
    except BundleFailed as error:
        there = find_spec("pip") is not None  # uv makes environments without it
        mend = "See that pip reaches its index" if there else f"Install pip ({sys.executable} -m ensurepip)"
        raise Failure(f"The functions could not be bundled: {error}", f"{mend}, then try again.", NO_ANSWER) from None


def synthesise(
    request: Request, settings: str, code: Path, revision: str, account: Account | None, *, api_log_role: bool = True
) -> Assembly:
    """Templates for this account and region, or for any; made anew only where something they are made of has changed.

    Raises `Failure` where there is no Node.
    """
    try:
        from integration.operations.stacks.deployment import BadDeployment, Deployment  # noqa: PLC0415 - looks for Node
    except RuntimeError as error:
        raise Failure(str(error), "pip install -r requirements.lock") from None
    try:
        asked = {each.name: getattr(request, each.name) for each in fields(Deployment) if hasattr(request, each.name)}
        made = {"settings": settings, "code": code.resolve(), "revision": revision, "api_log_role": api_log_role}
        where = {"account": account.account_id, "region": account.region} if account else {}
        deployment = Deployment(**asked | made | where)
    except BadDeployment as error:
        raise Failure(f"This cannot be deployed: {error}.", code=USAGE) from None
    words = [deployment.as_json(), version("aws-cdk-lib"), sys.version, os.environ.get(synthesis.RULES, "")]
    kept = cache_folder("assembly") / digest_of(sources(TEMPLATES), REPOSITORY, words)
    folder = Path(tempfile.mkdtemp(prefix="integrations-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # templates are read until the CDK CLI has ended
    shutil.copytree(kept_folder(kept, partial(_made, deployment), KEPT), folder, dirs_exist_ok=True)
    names = all_names(request.names, with_connection(request.integrations))
    return Assembly(folder, {name: json.loads((folder / f"{name}.template.json").read_text()) for name in names})


def _made(deployment: Deployment, folder: Path) -> None:
    synthesis.synthesise(folder, ["--deployment"], deployment.as_json())
