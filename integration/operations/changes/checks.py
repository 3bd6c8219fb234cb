"""The checks of the gate: what it needs of the instance, its secret, its settings, and whether its hooks answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import requests
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from integration.aws.errors import raising_ours
from integration.changes.declaration import CHANGES
from integration.changes.gate import names as g
from integration.changes.gate.addresses import listed
from integration.clients.errors import Misconfigured, RemoteError
from integration.connection.probe import CLOSED
from integration.operations.changes.reads import reads
from integration.operations.checking.dead_letters import dead_letters
from integration.operations.checking.own import Checks
from integration.operations.checking.silence import silent
from integration.operations.checking.verdict import Verdict, fail, ok, skip, warn
from integration.operations.deployment.cloudformation import Stacks
from integration.operations.terminal.output import command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from integration.operations.deployment.deployed import Deployed

PAGE = "docs/changes/gate.md"
ENTERED = {"github": ("app_id", "private_key", "webhook_secret"), "gitlab": ("token",)}
"""What a person adds to the secret for a system; its name stands in the usual names of its hosts."""
KEY = "private_key"
ANSWERS, SECRET, HOOKS, QUEUE = "gate answers", "gate secret", "gate hooks", "gate queue"
HOOK, UNSIGNED = "url", 400
"""Status of a call without the header that proves who asks: the validator of the API gives it, no function starts."""
PATIENCE_S = 15


def deployment(deployed: Deployed) -> Iterator[Verdict]:
    """Reads only; the one call of a hook starts no function."""
    looks = {ANSWERS: _answers, SECRET: secret, HOOKS: _hooks, QUEUE: _dead_letters}
    for subject, look in looks.items():
        try:
            yield from look(deployed)
        except RemoteError as error:
            yield fail(subject, f"could not be looked at: {error}", "Allow what `status` and the gate's role may read.")


def _answers(deployed: Deployed) -> Iterator[Verdict]:
    name_one = _deploy(deployed, "--gate-answers-to api.github.com")
    try:
        hosts = _hosts(deployed)
    except Misconfigured as error:
        yield fail(ANSWERS, str(error), name_one)
        return
    told = "CodePipeline and Step Functions are answered"
    if hosts:
        yield ok(ANSWERS, f"{told}, and {', '.join(hosts)}")
    else:
        yield warn(ANSWERS, f"{told}, and nobody else", name_one)


def _hosts(deployed: Deployed) -> tuple[str, ...]:
    """Raises `Misconfigured`."""
    return listed(deployed.connection.values).entries


def secret(deployed: Deployed) -> Iterator[Verdict]:
    """What lets pipelines in, and the gate in elsewhere: whether it is there, and whole for each system in use."""
    name = deployed.names.of(g.SECRET)
    enter = f"aws secretsmanager put-secret-value --secret-id {name} --secret-string file://gate.json  ({PAGE})"
    text = _text(deployed.client("secretsmanager"), name)
    if text is None:
        then = f"aws secretsmanager restore-secret --secret-id {name}, or `destroy --only change` and `change deploy`."
        yield fail(SECRET, f"{name} is deleted", then)
        return
    members = _members(text)
    if not _said(members, "token"):
        yield fail(SECRET, "it has no member token, so nobody is let in", enter)
        return
    yield ok(SECRET, "holds the token of signed asks")
    for system, wanted in ENTERED.items():
        found = _entered(system, wanted, members.get(system), _hosts(deployed))
        if found:
            yield fail(f"gate {system}", found, enter)
        elif system in members:
            yield ok(f"gate {system}", "its keys are entered")


def _entered(system: str, wanted: tuple[str, ...], given: Any, hosts: tuple[str, ...]) -> str:
    """What is wrong; nothing where neither a host nor a member speaks of the system."""
    if given is None:
        host = next((each for each in hosts if system in each), "")
        return f"{host} may be answered, and the gate's secret says nothing of {system}" if host else ""
    if missing := [each for each in wanted if not _said(given, each)]:
        return f"the gate's secret lacks {', '.join(f'{system}.{each}' for each in missing)}"
    return f"{system}.{KEY} is no PEM key" if KEY in wanted and not _is_key(given[KEY]) else ""


def _is_key(text: str) -> bool:
    try:
        load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


def _text(client: Any, name: str) -> str | None:
    """None: it is gone, or scheduled for deletion."""
    with raising_ours("get_secret_value"):
        try:
            return str(client.get_secret_value(SecretId=name)["SecretString"])
        except (client.exceptions.ResourceNotFoundException, client.exceptions.InvalidRequestException):
            return None


def _members(text: str) -> Mapping[str, Any]:
    try:
        members = json.loads(text)
    except ValueError:
        members = None
    return members if isinstance(members, dict) else {}


def _said(members: Any, name: str) -> bool:
    return isinstance(members, dict) and isinstance(members.get(name), str) and bool(members[name])


def _hooks(deployed: Deployed) -> Iterator[Verdict]:
    stack = Stacks(deployed.account).get(deployed.names.of(g.STACK))
    url = (stack.outputs if stack else {}).get(g.OUTPUT_HOOKS, "")
    again = _deploy(deployed, "… (as before)")
    if not url:
        yield fail(HOOKS, f"the stack {deployed.names.of(g.STACK)} gives no address of them", again)
        return
    try:
        answer = requests.post(f"{url}/{HOOK}", json={}, timeout=PATIENCE_S, allow_redirects=False)
    except requests.RequestException as error:
        yield silent(HOOKS, url, "the gate", error)
        return
    if answer.status_code == UNSIGNED:
        yield ok(HOOKS, url)
    elif answer.status_code == 403 and CLOSED in answer.text:
        yield skip(HOOKS, "closed to this machine by --gate-allowed-ips, so they were not tried")
    else:
        yield fail(HOOKS, f"they answer {answer.status_code} to what nobody signed, not {UNSIGNED}", again)


def _dead_letters(deployed: Deployed) -> Iterator[Verdict]:
    yield dead_letters(deployed, QUEUE, CHANGES, "asks, or news of changes, that no pass could work on")


def _deploy(deployed: Deployed, options: str) -> str:
    return command("change deploy", deployed.names.name, options)


CHECKS = Checks(instance=lambda http, _rules: reads(http), deployment=deployment)
