"""`change ask`: a short job asks the gate, and ends; the gate answers once the change is decided."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
import requests

from integration.changes import outputs
from integration.changes.environment import NoRun, run_of
from integration.changes.gate.signing import signed
from integration.clients.certificate import untrusted
from integration.clients.servicenow.transport import is_address
from integration.operations.changes.wish import wish_options, wished
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.options import Secret
from integration.operations.terminal.output import NO_ANSWER, REFUSED, USAGE, Output

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.changes.model import Run

ASKED = ("app", "version", "environment", "assignment_group", "cmdb_ci")
GITLAB = {"project": "CI_PROJECT_ID", "pipeline": "CI_PIPELINE_ID"}
"""What GitLab calls the numbers of project and pipeline (docs: Predefined CI/CD variables)."""
PATIENCE_S = 30.0


@click.command()
@click.option("--gate-url", required=True, envvar="CHANGE_GATE_URL", show_envvar=True, metavar="URL",
              help="Of the gate, as `change deploy` put it out.")  # fmt: skip
@click.option("--gate-token", required=True, envvar="CHANGE_GATE_TOKEN", show_envvar=True, type=Secret(),
              help="`token` of the gate's secret: itself (better not), @file or -.")  # fmt: skip
@click.option(
    "--answer-to", metavar="URL", help="Where the answer goes.  [default: on GitLab, this pipeline's deployment]"
)
@click.option("--key", default="", metavar="TEXT", help="Names this run, as in a re-run.  [default: the CI's]")
@wish_options(*ASKED)
def ask(**given: Any) -> None:
    """Ask the gate for the change of this run, and end: no runner waits. docs/changes/gate.md says what answers.

    The change of an earlier `change create` is taken; without one the gate makes one of what is said here.

    \b
    Examples:
      ./deploy_integrations_solution.py change ask --app shop --version 2.3.0 --environment production
      … --answer-to "$WEBHOOK_URL"  (Jenkins: the address that webhook-step made)
    """
    environ = dict(os.environ)
    try:
        run = run_of(environ, given["key"])
    except NoRun as error:
        raise Failure(f"{error}.", code=USAGE) from None
    wish, _ = wished(given, environ, run.environment)
    wanted = {name: value for name in ASKED if (value := getattr(wish, name))}
    kind, address = _answered_at(run, given["answer_to"], environ)
    told = {name: value for name, value in asdict(run).items() if isinstance(value, str) and value}
    _post(f"{given['gate_url'].rstrip('/')}/{kind}", given["gate_token"], {"run": told, "change": wanted, **address})
    Output().result("The gate answers this pipeline once its change is decided. This job may end.")


def _answered_at(run: Run, url: str | None, environ: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    if url:
        return "url", {"callback_url": url}
    ids = {name: environ.get(variable, "") for name, variable in GITLAB.items()}
    if run.ci != "gitlab" or not all(ids.values()):
        raise Failure("Nothing says where the answer goes.", "--answer-to https://…", USAGE)
    return "gitlab", {"gitlab": ids}


def _post(url: str, token: str, body: Mapping[str, Any]) -> None:
    if not is_address(url):
        raise Failure("--gate-url is no https address.", code=USAGE)
    content = json.dumps(body).encode()
    headers = {**signed(token, time.time(), content), "Content-Type": "application/json"}
    try:
        answer = requests.post(url, content, headers=headers, timeout=PATIENCE_S, allow_redirects=False)
    except requests.RequestException as error:
        silent = Failure(f"The gate does not answer ({type(error).__name__}).", "Try again.", NO_ANSWER)
        raise untrusted(error, "the gate") or silent from None
    if answer.status_code == 200:
        return
    said = outputs.harmless(_reason(answer))
    code = NO_ANSWER if answer.status_code >= 500 or answer.status_code == 429 else REFUSED
    raise Failure(f"The gate did not take it ({answer.status_code}): {said}.", code=code)


def _reason(answer: requests.Response) -> str:
    try:
        told = answer.json()
    except ValueError:
        told = {}
    said = told.get("error") or told.get("message") if isinstance(told, dict) else ""
    return str(said or "it gives no reason")
