"""GitHub: installation tokens of an App, and answers to its deployment protection rule.

Sources: GitHub docs, "Generating a JSON Web Token (JWT) for a GitHub App" (RS256, `iss`, `iat` not ahead, `exp` at most
ten minutes ahead), REST "Create an installation access token for an app", "Review custom deployment protection rules
for a workflow run" (204), "Get pending deployments for a workflow run"; comments hold 1,024 characters.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import jwt

from .exchange import Answer, Refused
from .service import Wait

if TYPE_CHECKING:
    from .exchange import Asked
    from .service import Service

LONGEST_JWT_S, TOKEN_S, COMMENT_MOST = 600, 3600, 1024


def token(service: Service, asked: Asked) -> Answer:
    """POST /app/installations/{installation}/access_tokens."""
    _check_app(service, asked.bearer)
    installation = service.installations.get(asked.path["installation"])
    if installation is None:
        raise Refused(404, "Not Found")
    made, until = f"ghs_{secrets.token_hex(18)}", service.clock() + TOKEN_S
    installation.tokens[made] = until
    return Answer(201, {"token": made, "expires_at": f"{datetime.fromtimestamp(until, UTC):%Y-%m-%dT%H:%M:%SZ}"})


def _check_app(service: Service, assertion: str) -> None:
    """Times by the service's own clock."""
    unchecked = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
    try:
        claims = jwt.decode(assertion, service.app_key, algorithms=["RS256"], options=unchecked)  # type: ignore[arg-type]  # a dict
    except (jwt.PyJWTError, ValueError):
        raise Refused(401, "A JSON web token could not be decoded") from None
    now = service.clock()
    if str(claims.get("iss")) != service.app_id:
        raise Refused(401, "Integration must generate a public key")
    if claims.get("exp", 0) > now + LONGEST_JWT_S:
        raise Refused(401, "'Expiration time' claim ('exp') is too far in the future")
    if claims.get("exp", 0) <= now or claims.get("iat", now + 60) > now:
        raise Refused(401, "'Expiration' or 'Issued at' claim is not of this time")


def review(service: Service, asked: Asked) -> Answer:
    """POST …/actions/runs/{run}/deployment_protection_rule."""
    run = _run(service, asked)
    name, state, comment = (asked.body.get(name) for name in ("environment_name", "state", "comment"))
    if not isinstance(name, str) or state not in ("approved", "rejected") or len(str(comment or "")) > COMMENT_MOST:
        raise Refused(422, "Validation Failed")
    if run.state != "waiting" or run.environment != name:
        raise Refused(service.switches.github_done_status, "No pending deployment for this rule")
    service.answered(run, state, asked.body)
    return Answer(204)


def pending(service: Service, asked: Asked) -> Answer:
    """GET …/actions/runs/{run}/pending_deployments."""
    run = _run(service, asked)
    waits = [{"environment": {"id": 1, "name": run.environment}, "wait_timer": 0}] if run.state == "waiting" else []
    return Answer(200, waits)


def _run(service: Service, asked: Asked) -> Wait:
    """What a token's installation does not cover is not there."""
    repository = f"{asked.path['owner']}/{asked.path['repository']}"
    now = service.clock()
    held = [each for each in service.installations.values() if each.tokens.get(asked.bearer, 0) > now]
    if not held:
        raise Refused(401, "Bad credentials")
    run = service.runs.get(f"{repository}/{asked.path['run']}")
    if run is None or not any(repository in each.repositories for each in held):
        raise Refused(404, "Not Found")
    return run


def payload(service: Service, ask: dict[str, Any], base_url: str) -> dict[str, Any]:
    """The webhook `deployment_protection_rule`, of a run that begins to wait. Source: "Webhook events and payloads"."""
    repository, run, environment = ask["repository"], str(ask["run"]), ask["environment"]
    service.runs[f"{repository}/{run}"] = Wait(path=f"/repos/{repository}/actions/runs/{run}", environment=environment)
    callback = f"{base_url}/repos/{repository}/actions/runs/{run}/deployment_protection_rule"
    return {
        "action": "requested",
        "environment": environment,
        "event": "push",
        "deployment_callback_url": callback,
        "deployment": {"id": 9, "sha": ask.get("sha", "f" * 40), "ref": "main", "environment": environment},
        "pull_requests": [],
        "repository": {"id": 7, "full_name": repository, "html_url": f"https://github.com/{repository}"},
        "installation": {"id": int(ask["installation"])},
        "sender": {"login": "octocat"},
    }
