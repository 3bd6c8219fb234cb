"""Lambda's own API, as far as operators and functions call it: invoke, look, change the environment.

Source: Lambda API reference, operations of the names below.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from integration.aws_plane import error_shapes
from integration.aws_plane.concurrency import Throttled
from integration.aws_plane.http_server import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration.aws_plane.calls import Call
    from integration.aws_plane.function import Function
    from integration.aws_plane.functions import Functions
    from integration.aws_plane.gateway import Caller, Handler
    from integration.aws_plane.http_server import Request


class LambdaApi:
    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    @property
    def handlers(self) -> dict[str, Handler]:
        return {
            "lambda:ListFunctions": lambda _call, _caller, _request: error_shapes.answer(
                {"Functions": [_told(function) for function in self._functions]}
            ),
            "lambda:GetFunction": self._known(
                lambda function, _call, _request: error_shapes.answer(
                    {"Configuration": _told(function), "Code": {"RepositoryType": "S3"}, "Tags": {}}
                )
            ),
            "lambda:GetAccountSettings": lambda _call, _caller, _request: self._account(),
            "lambda:Invoke": self._known(self._invoke),
            "lambda:GetFunctionConfiguration": self._known(lambda function, _call, _request: _configuration(function)),
            "lambda:UpdateFunctionConfiguration": self._known(self._update),
        }

    def _account(self) -> Response:
        account = self._functions.concurrency
        limit = {"ConcurrentExecutions": account.limit, "UnreservedConcurrentExecutions": account.unreserved}
        return error_shapes.answer(
            {"AccountLimit": limit, "AccountUsage": {"FunctionCount": len(list(self._functions))}}
        )

    def _known(self, answer: Callable[[Function, Call, Request], Response]) -> Handler:
        def handler(call: Call, _caller: Caller, request: Request) -> Response:
            name = call.parameters["FunctionName"]
            if name not in self._functions:
                return error_shapes.error("lambda", 404, "ResourceNotFoundException", f"Function not found: {name}")
            return answer(self._functions[name], call, request)

        return handler

    def _invoke(self, function: Function, _call: Call, request: Request) -> Response:
        event = json.loads(request.body or b"null")
        if request.headers.get("x-amz-invocation-type") == "Event":
            self._functions.later(function.name, event)
            return Response(202)
        try:
            outcome = function.invoke(event)
        except Throttled as error:
            return error_shapes.error("lambda", 429, "TooManyRequestsException", "Rate Exceeded.", Reason=error.reason)
        headers = {"X-Amz-Function-Error": outcome.error} if outcome.error else {}
        return Response(200, outcome.payload, {"Content-Type": "application/json", **headers})

    @staticmethod
    def _update(function: Function, call: Call, _request: Request) -> Response:
        """Warm environments end with what they do; the next invocation starts one with the new variables."""
        unknown = sorted(set(call.parameters) - {"FunctionName", "Environment"})
        if unknown:
            return error_shapes.error(
                "lambda", 501, "NotImplemented", f"the local plane does not change {', '.join(unknown)}"
            )
        variables = {k: str(v) for k, v in call.parameters.get("Environment", {}).get("Variables", {}).items()}
        function.replace(replace(function.definition, variables=variables))
        return _configuration(function)


def _configuration(function: Function) -> Response:
    return error_shapes.answer(_told(function))


def _told(function: Function) -> dict[str, Any]:
    is_now = function.definition
    return {
        "FunctionName": is_now.name, "FunctionArn": is_now.arn, "Handler": is_now.handler, "Role": is_now.role.arn,
        "Timeout": int(is_now.timeout_s), "MemorySize": is_now.memory_mib, "State": "Active",
        "LastUpdateStatus": "Successful", "Version": "$LATEST",
        "LoggingConfig": {"LogFormat": is_now.log_format, "LogGroup": is_now.log_name},
        "Environment": {"Variables": dict(is_now.variables)},
    }  # fmt: skip
