"""What the waiting systems say, as one `Ask`. What cannot be an ask raises `Malformed`, whose message is fit for them.

| from | how it comes | what identifies the run |
|---|---|---|
| CodePipeline | manual approval → SNS topic → queue | `run` in the action's custom data, as `--key` |
| Step Functions | `sqs:sendMessage.waitForTaskToken` → queue | `run`, as `--key` |
| GitHub | webhook of the App | repository and run of the callback's address |
| Azure | check *Invoke REST API* | `run` of the body, `PlanUrl` |
| GitLab, any other | the command line, signed | as it says |
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from integration.changes.environment import BY_KEY
from integration.changes.gate.addresses import NotAllowed
from integration.changes.gate.waiter import LONGEST_S, Ask, Kind, Waiter
from integration.changes.gate.wishes import LONGEST_TEXT, Unwanted, wish_of
from integration.changes.model import Run
from integration.reconcile.verdict import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integration.changes.gate.addresses import Allowed

_RUN = ("ci", "server", "project", "run", "commit")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
_GITHUB = re.compile(
    r"(?P<api>https?://[^/]+(/api/v3)?)/repos/(?P<repository>[A-Za-z0-9._-]+/[A-Za-z0-9._-]+)"
    r"/actions/runs/(?P<run>\d{1,20})/deployment_protection_rule",
    re.ASCII,
)
_AZURE = ("plan_url", "project", "hub", "plan", "job", "task")
_AZURE_HEADERS = ("PlanUrl", "ProjectId", "HubName", "PlanId", "JobId", "TaskInstanceId")


def from_codepipeline(message: Mapping[str, Any], now: float) -> Ask:
    """Custom data that asks for no change makes a fault, and the approval is rejected with it."""
    approval = _object(message, "approval")
    address = {name: _text(approval, f"{name}Name") for name in ("pipeline", "stage", "action")}
    ends = _moment(_text(approval, "expires"))
    waiter = Waiter(kind=Kind.CODEPIPELINE, address=address, secret=_text(approval, "token"), ends=ends)
    run = {"ci": BY_KEY, "server": "", "project": ""}
    try:
        wanted = _json(str(approval.get("customData") or ""), "the approval's custom data")
    except Malformed as fault:
        return Ask(run=_run(run), wanted={}, waiter=waiter, fault=str(fault))
    return _ask({**run, "run": wanted.pop("run", "")}, wanted, waiter, now)


def from_step_functions(body: Mapping[str, Any], now: float) -> Ask:
    waiter = _waiter(Kind.STEP_FUNCTIONS, {}, body, now, secret=_text(body, "task_token"))
    return _ask({"ci": BY_KEY, "run": body.get("run")}, body.get("change"), waiter, now)


def from_github(body: Mapping[str, Any], allowed: Allowed, now: float) -> Ask:
    """Webhook `deployment_protection_rule`. Source: GitHub docs, "Webhook events and payloads"."""
    callback = _GITHUB.fullmatch(_checked(allowed, _text(body, "deployment_callback_url")))
    if callback is None:
        raise Malformed("deployment_callback_url is none of a deployment protection rule")
    environment, deployment = _text(body, "environment"), _object(body, "deployment")
    repository = _object(body, "repository")
    if repository.get("full_name") != callback["repository"]:
        raise Malformed("deployment_callback_url is of another repository")
    address = {name: callback[name] for name in ("api", "repository", "run")} | {"environment": environment}
    address["installation"] = str(_object(body, "installation").get("id") or "")
    home = urlsplit(_text(repository, "html_url"))
    run = {"ci": "github", "server": f"{home.scheme}://{home.netloc}", "project": callback["repository"]}
    run |= {"run": callback["run"], "commit": str(deployment.get("sha") or "")}
    wanted = {"app": callback["repository"].partition("/")[2], "environment": environment}
    return _ask(run, wanted, _waiter(Kind.GITHUB, address, body, now), now)


def from_azure(headers: Mapping[str, str], body: Mapping[str, Any], allowed: Allowed, now: float) -> Ask:
    """`headers`: names in lower case."""
    given = [headers.get(name.lower(), "") for name in _AZURE_HEADERS]
    address = dict(zip(_AZURE, given, strict=True)) | {"plan_url": given[0].rstrip("/")}
    _checked(allowed, address["plan_url"])
    for name in _AZURE[1:]:
        if not _ID.fullmatch(address[name]):
            raise Malformed(f"the header of {name} is missing or has another form")
    run = {"ci": "azure", "server": given[0], "project": body.get("project"), "run": body.get("run")}
    waiter = _waiter(Kind.AZURE, address, body, now, secret=headers.get("authtoken", ""))
    if not waiter.secret:
        raise Malformed("the header AuthToken is missing")
    return _ask(run, body.get("change"), waiter, now)


def from_gitlab(body: Mapping[str, Any], allowed: Allowed, now: float) -> Ask:
    run, ids, _ = _object(body, "run"), _object(body, "gitlab"), _object(body, "change")
    server = _checked(allowed, _text(run, "server").rstrip("/"))
    address = {name: str(ids.get(name) or "") for name in ("project", "pipeline")}
    if not all(each.isdecimal() for each in address.values()):
        raise Malformed("gitlab.project and gitlab.pipeline are numbers")
    address |= {"server": server, "environment": str((body.get("change") or {}).get("environment") or "")}
    return _ask(run, body.get("change"), _waiter(Kind.GITLAB, address, body, now), now)


def from_url(body: Mapping[str, Any], allowed: Allowed, now: float) -> Ask:
    address = {"url": _checked(allowed, _text(body, "callback_url"))}
    return _ask(_object(body, "run"), body.get("change"), _waiter(Kind.URL, address, body, now), now)


HOOKED: Mapping[Kind, Callable[[Mapping[str, str], Mapping[str, Any], Allowed, float], Ask]] = {
    Kind.GITHUB: lambda _headers, body, allowed, now: from_github(body, allowed, now),
    Kind.AZURE: from_azure,
    Kind.GITLAB: lambda _headers, body, allowed, now: from_gitlab(body, allowed, now),
    Kind.URL: lambda _headers, body, allowed, now: from_url(body, allowed, now),
}
"""What asks over HTTP."""


def _ask(run: Mapping[str, Any], wanted: Any, waiter: Waiter, now: float) -> Ask:
    """A fault where the pipeline itself is told best: by the answer."""
    known = _run(run)
    fault = _fault(known.run, known.commit, wanted)
    if not fault and waiter.answer_by <= now:
        fault = "the wait was over before the gate heard of it"
    return Ask(run=known, wanted={} if fault else dict(wanted), waiter=waiter, fault=fault)


def _run(told: Mapping[str, Any]) -> Run:
    known = {name: str(told.get(name) or "")[:LONGEST_TEXT] for name in _RUN}
    return Run(**known)  # type: ignore[arg-type]  # texts all, and `part` is none of them


def _fault(run: str, commit: str, wanted: Any) -> str:
    if not isinstance(wanted, dict):
        return "nothing says which change is wanted: app, version, environment"
    try:
        wish_of(wanted, 0, commit)
    except Unwanted as unwanted:
        return str(unwanted)
    return "" if run else "run must be said"


def _waiter(kind: Kind, address: Mapping[str, str], body: Mapping[str, Any], now: float, secret: str = "") -> Waiter:
    """`timeout_s` may end the wait before its kind does."""
    asked = body.get("timeout_s")
    longest = LONGEST_S[kind]
    lasts = float(min(longest, asked)) if isinstance(asked, int | float) and asked > 0 else longest
    return Waiter(kind=kind, address=address, secret=secret, ends=now + lasts)


def _checked(allowed: Allowed, url: str) -> str:
    try:
        return allowed.checked(url)
    except NotAllowed as error:
        raise Malformed(str(error)) from None


def _object(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = body.get(name)
    if not isinstance(found, dict):
        raise Malformed(f"{name} is missing or no object")
    return found


def _text(body: Mapping[str, Any], name: str) -> str:
    found = body.get(name)
    if not isinstance(found, str) or not found or len(found) > LONGEST_TEXT:
        raise Malformed(f"{name} is missing or no text")
    return found


def _json(text: str, what: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Malformed(f'{what} is no JSON object, such as {{"app": …, "version": …, "environment": …, "run": …}}')
    return found


def _moment(text: str) -> float:
    """`2016-07-07T20:22Z`, as CodePipeline writes it."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed("expires is no time") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
