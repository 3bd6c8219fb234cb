"""moto in a process of its own: `python -m integration.local.plane.moto_process` prints `{"url": …}`, ends on SIGTERM.

One lock around every call: moto checks a condition and writes in two steps, and two threads between them would both
win a claim. Long polls are therefore made of short ones, outside the lock.
"""

from __future__ import annotations

import copy
import io
import json
import logging
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from moto.dynamodb import models as dynamodb_models
from moto.dynamodb.models import table as dynamodb_table
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.events import utils as event_shapes
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.secretsmanager import models as secrets_models
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_GLANCE_S = 0.05


class _KeepAlive(MotoRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True


class Serialised:
    """The WSGI application of moto, one call at a time."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("HTTP_X_AMZ_TARGET") == "AmazonSQS.ReceiveMessage":
            return self._receive(environ, start_response)
        with self._lock:
            return list(self._inner(environ, start_response))

    def _receive(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        until = time.monotonic() + asked.get("WaitTimeSeconds", 0)
        body = json.dumps(asked | {"WaitTimeSeconds": 0}).encode()
        while True:
            answer: list[Any] = []
            again = environ | {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
            with self._lock:
                parts = list(self._inner(again, lambda *head, kept=answer: kept.append(head)))
            if b'"Messages"' in b"".join(parts)[:4096] or time.monotonic() >= until or answer[0][0][:3] != "200":
                start_response(*answer[0])
                return parts
            time.sleep(_GLANCE_S)


def deliver_whole_events() -> None:
    """What moto 5.2 delivers lacks `account`, and costs eight JSONPath parsers an event; ours go out as they are.

    Input transformers, which the replaced function is for, are refused by the plane.
    """

    def as_it_is(*, event: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in event.items() if name != "ingestion-time"}

    setattr(event_shapes.EventTemplateParser, "parse", staticmethod(as_it_is))  # noqa: B010 - mypy knows the old shape


def current_unless_asked_otherwise() -> None:
    """GetSecretValue without version and stage is AWSCURRENT; moto 5.2 goes on answering with the version it had before
    the label moved.
    """
    backend = secrets_models.SecretsManagerBackend
    as_asked = backend.get_secret_value

    def get_secret_value(self: Any, secret_id: str, version_id: str, version_stage: str) -> dict[str, Any]:
        return as_asked(self, secret_id, version_id, version_stage or ("" if version_id else "AWSCURRENT"))

    setattr(backend, "get_secret_value", get_secret_value)  # noqa: B010 - mypy knows the old one


def keep_only_what_a_transaction_touches() -> None:
    """Not the whole table for every item, as moto 5.2 does to go back to where one fails: with a thousand links that
    takes a second.
    """
    backend = dynamodb_models.DynamoDBBackend
    as_asked = backend.transact_write_items

    def transact_write_items(self: Any, transact_items: list[dict[str, Any]]) -> None:
        kept = [_kept(self, op) for item in transact_items for op in item.values() if op["TableName"] in self.tables]
        try:
            as_asked(self, transact_items)
        except Exception:
            for rows, key, before in kept:
                rows.pop(key, None)
                if before is not None:
                    rows[key] = before
            raise

    setattr(backend, "transact_write_items", transact_write_items)  # noqa: B010 - mypy knows the old one
    setattr(dynamodb_table.Table, "__deepcopy__", lambda table, _memo: table)  # noqa: B010 - mypy knows none


def _kept(backend: Any, op: dict[str, Any]) -> tuple[dict[Any, Any], Any, Any]:
    """Where an item of a table with both keys stands, its key there, and a copy of it."""
    table, key = backend.tables[op["TableName"]], op.get("Key") or op["Item"]
    rows = table.items[DynamoType(key[table.hash_key_attr])]
    place = DynamoType(key[table.range_key_attr])
    return rows, place, copy.deepcopy(rows.get(place))


def main() -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    deliver_whole_events()
    current_unless_asked_otherwise()
    keep_only_what_a_transaction_touches()
    application = Serialised(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_KeepAlive)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}), flush=True)
    server.serve_forever()


def _end_with_parent() -> None:
    """Standard input closes when whoever started us is gone, however it went."""
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
