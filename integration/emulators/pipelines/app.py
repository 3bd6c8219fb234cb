"""The application: each system's few routes over HTTP, and how an admin lets something begin to wait."""

from __future__ import annotations

import hashlib
import hmac
import json
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import Route

from integration.emulators.kit.app import application, serve
from integration.emulators.kit.line import called

from . import azure, codepipeline, github, gitlab, hooks, step_functions
from .exchange import Answer, Asked, Refused
from .faults import disturbed
from .service import Installation, Job, Service, Wait

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.applications import Starlette
    from starlette.requests import Request

    from integration.emulators.kit.admin import Ask, Row

    Operation = Callable[[Service, Asked], Answer]

__all__ = ["create_app", "serve"]

_RUN = "/repos/{owner}/{repository}/actions/runs/{run}"
_PROJECT = "/api/v4/projects/{project}"
_ROUTES: tuple[tuple[str, str, str, Operation], ...] = (
    ("POST", "/app/installations/{installation}/access_tokens", "GitHubToken", github.token),
    ("POST", f"{_RUN}/deployment_protection_rule", "GitHubReview", github.review),
    ("GET", f"{_RUN}/pending_deployments", "GitHubPending", github.pending),
    ("POST", f"{_PROJECT}/deployments/{{deployment}}/approval", "GitLabApproval", gitlab.decide),
    ("POST", f"{_PROJECT}/jobs/{{job}}/play", "GitLabPlay", gitlab.play),
    ("GET", f"{_PROJECT}/deployments", "GitLabDeployments", gitlab.deployments),
    (
        "POST", "/{organization}/{project}/_apis/distributedtask/hubs/{hub}/plans/{plan}/events", "AzureEvent",
        azure.complete,
    ),
    ("POST", "/hook/{name}", "Hook", hooks.take),
)  # fmt: skip
_TARGETS: dict[str, tuple[str, Operation]] = {
    f"{codepipeline.TARGET}PutApprovalResult": ("PutApprovalResult", codepipeline.put_approval_result),
    f"{codepipeline.TARGET}GetPipelineState": ("GetPipelineState", codepipeline.state),
    f"{step_functions.TARGET}SendTaskSuccess": ("SendTaskSuccess", step_functions.succeed),
    f"{step_functions.TARGET}SendTaskFailure": ("SendTaskFailure", step_functions.fail),
    f"{step_functions.TARGET}SendTaskHeartbeat": ("SendTaskHeartbeat", step_functions.heartbeat),
}
"""Of AWS, by `X-Amz-Target`."""


def create_app(service: Service | None = None, *, admin_token: str = "") -> Starlette:
    """The systems over HTTP; their state is `app.state.service`, which ends with the application."""
    routes = [Route(path, _endpoint(name, operation), methods=[method]) for method, path, name, operation in _ROUTES]
    aws = Route("/", _aws, methods=["POST"])
    return application(service or Service(), [*routes, aws], _OWN, admin_token=admin_token)


async def _aws(request: Request) -> Response:
    name, operation = _TARGETS.get(request.headers.get("x-amz-target", ""), ("UnknownOperation", _unknown))
    return await _endpoint(name, operation)(request)


def _unknown(_service: Service, _asked: Asked) -> Answer:
    raise Refused(400, "UnknownOperationException")


def _endpoint(name: str, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        asked = Asked(request.path_params, dict(request.headers), await request.body(), dict(request.query_params))
        return await called(request, name, partial(_answered, request.app.state.service, operation, asked), disturbed)

    return endpoint


async def _answered(service: Service, operation: Operation, asked: Asked) -> Response:
    try:
        with service.lock:
            answer = operation(service, asked)
    except Refused as refused:
        told = {"message": str(refused), "__type": str(refused)}
        return Response(json.dumps(told), refused.status, media_type="application/json")
    content = b"" if answer.body is None else json.dumps(answer.body).encode()
    return Response(content, answer.status, media_type="application/json" if content else None)


def _register_app(service: Service, ask: Ask) -> Any:
    service.app_id, service.app_key = str(ask.body["app_id"]), str(ask.body["public_key"])
    return {}


def _begin_run(service: Service, ask: Ask) -> Any:
    """A run waits: body and headers of the webhook, signed with `secret`, for whoever posts it to the gate."""
    body = ask.body
    service.installations.setdefault(str(body["installation"]), Installation((body["repository"],)))
    content = json.dumps(github.payload(service, body, _base(ask)))
    signed = "sha256=" + hmac.new(str(body["secret"]).encode(), content.encode(), hashlib.sha256).hexdigest()
    headers = {"X-GitHub-Event": "deployment_protection_rule", "X-Hub-Signature-256": signed}
    return {"body": content, "headers": {**headers, "Content-Type": "application/json"}}


def _begin_job(service: Service, ask: Ask) -> Any:
    body = {name: str(value) for name, value in ask.body.items()}
    service.jobs[body["job"]] = Job(**body)  # type: ignore[arg-type]  # texts all
    return {}


def _begin_check(service: Service, ask: Ask) -> Any:
    return {"headers": azure.check(service, ask.body, _base(ask))}


def _begin_hook(service: Service, ask: Ask) -> Any:
    name = str(ask.body["name"])
    service.hooks[name] = Wait(path=f"/hook/{name}", token=str(ask.body["secret"]))
    return {"url": f"{_base(ask)}/hook/{name}"}


def _begin_approval(service: Service, ask: Ask) -> Any:
    return codepipeline.notification(service, ask.body)


def _begin_task(service: Service, ask: Ask) -> Any:
    return step_functions.begin(service, ask.body)


def _base(ask: Ask) -> str:
    host, port = ask.http.scope["server"]
    return f"http://{host}:{port}"


_OWN: list[Row] = [
    ("/github/app", "POST", _register_app),
    ("/github/runs", "POST", _begin_run),
    ("/gitlab/jobs", "POST", _begin_job),
    ("/azure/checks", "POST", _begin_check),
    ("/hooks", "POST", _begin_hook),
    ("/codepipeline/approvals", "POST", _begin_approval),
    ("/stepfunctions/tasks", "POST", _begin_task),
]
