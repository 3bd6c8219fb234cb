"""A function's process where `awslambdaric` has no native client (macOS): the loop over the Runtime API, in Python.

Run as a file, `python -P runtime.py <module.handler>`, with nothing but the standard library, since the functions'
own path need not hold this repository. Source: Lambda developer guide, "Using the Lambda runtime API" and "AWS Lambda
context object in Python".
"""

from __future__ import annotations

import http.client
import importlib
import json
import os
import sys
import time
import traceback
from dataclasses import dataclass
from typing import Any

_KINDS = ((ImportError, "Runtime.ImportModuleError"), (AttributeError, "Runtime.HandlerNotFound"))
_BASE = "/2018-06-01/runtime/"
_IN_TRACE = os.path.basename(__file__)  # noqa: PTH119 - pathlib would count into every cold start


@dataclass(frozen=True)
class Context:
    """What a handler is told of its invocation."""

    aws_request_id: str
    invoked_function_arn: str
    deadline_ms: int
    client_context: None = None
    identity: None = None
    tenant_id: None = None
    function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
    function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
    memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
    log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
    log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")

    def get_remaining_time_in_millis(self) -> int:
        return max(0, self.deadline_ms - int(time.time() * 1000))


def main(handler: str) -> None:
    """Serves until the process is ended."""
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    if "LOCAL_CLOCK" in os.environ:  # under awslambdaric botocore is there when the clock is read
        importlib.import_module("local_clock").sign_by_it(importlib.import_module("botocore.compat"))
    module, _, name = handler.rpartition(".")
    try:
        function = getattr(importlib.import_module(module), name)
    except Exception as error:  # noqa: BLE001 - whatever importing raised is the initialisation's error
        told = _told(error, next((said for kind, said in _KINDS if isinstance(error, kind)), "Runtime.InitError"))
        _asked(api, "POST", "init/error", json.dumps(told).encode())
        sys.exit(1)
    while True:
        _serve(api, function)


def _serve(api: http.client.HTTPConnection, function: Any) -> None:
    headers, body = _asked(api, "GET", "invocation/next")
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    context = Context(
        request_id, headers["Lambda-Runtime-Invoked-Function-Arn"], int(headers["Lambda-Runtime-Deadline-Ms"])
    )
    kind, way = "", "response"
    try:
        result = function(json.loads(body), context)
        kind = "Runtime.MarshalError"
        answer = json.dumps(result)
    except Exception as error:  # noqa: BLE001 - whatever the handler raised is the invocation's error
        told = _told(error, kind or type(error).__name__)
        way, answer = "error", json.dumps({**told, "requestId": request_id})
    _asked(api, "POST", f"invocation/{request_id}/{way}", answer.encode())


def _asked(
    api: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None
) -> tuple[http.client.HTTPMessage, bytes]:
    api.request(method, _BASE + path, body, {"Content-Type": "application/json"})
    answer = api.getresponse()
    return answer.headers, answer.read()


def _told(error: Exception, kind: str) -> dict[str, Any]:
    """As the managed runtime answers; the trace goes to the log, without this file's own frames."""
    frames = [each for each in traceback.extract_tb(error.__traceback__) if not each.filename.endswith(_IN_TRACE)]
    trace = traceback.format_list(frames)
    print(f"[ERROR] {kind}: {error}\n" + "".join(trace), flush=True)
    return {"errorMessage": str(error), "errorType": kind, "stackTrace": trace}


if __name__ == "__main__":
    main(sys.argv[1])
