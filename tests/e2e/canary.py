"""Every place of ours where something of a case might rest, how it is searched, and how a word is planted there."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from contextlib import contextmanager
from functools import cached_property, reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import ClientError
from click.testing import CliRunner

from integration import names as n
from integration.emulators.security_ir.service import Service as SecurityIR
from integration.emulators.servicenow.service import Service as ServiceNow
from integration.operations.app import cli
from integration.operations.folders import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.e2e.shift import Shift

BEGAN = time.time()
COMMANDS = (
    ("status",), ("status", "--links", "--json"), ("check", "--no-probe", "--json"), ("replay",), ("remap", "--json"),
    ("backfill", "--cases", "--dry-run", "--json"), ("resume", "--json"),
)  # fmt: skip
THE_TWO_SYSTEMS = tuple(f"{service.NAME}-" for service in (ServiceNow, SecurityIR))
"""Folders in which the emulators keep what people attached."""
LARGEST = 10_000_000


class Places:
    """`read` by a place's name: all texts that are there now. `planted` puts a word there as long as it lasts."""

    names = (
        "logs", "metrics", "calls", "table", "settings", "queues", "dead letters", "bus log", "functions' files",
        "temporary files", "cache", "commands",
    )  # fmt: skip

    def __init__(self, day: Shift) -> None:
        self.day, self.plane = day, day.plane

    def read(self, place: str) -> list[str]:
        found: Iterable[str] = self._ways[place][0]()
        return list(found)

    def planted(self, place: str, word: str) -> Any:
        """A context manager."""
        return self._ways[place][1](word)

    @cached_property
    def _ways(self) -> dict[str, tuple[Callable[[], Iterable[str]], Callable[[str], Any]]]:
        dead = self.day.names.incidents_queue + n.DEAD_SUFFIX
        return {
            "logs": (self._logs, self._in_log),
            "metrics": (lambda: map(repr, self.plane.metrics()), self._in_metrics),
            "calls": (lambda: map(repr, self.plane.calls()), self._in_calls),
            "table": (self._items, self._in_table),
            "settings": (self._parameters, self._in_settings),
            "queues": (lambda: self._messages(self.day.queues), lambda w: self._in_queue(self.day.queues[0], w)),
            "dead letters": (lambda: self._messages(self._dead), lambda w: self._in_queue(dead, w)),
            "bus log": (self._bus_log, self._in_bus_log),
            "functions' files": (lambda: texts([self._folder]), lambda w: in_folder(self._folder / "planted", w)),
            "temporary files": (temporary_files, lambda w: in_folder(Path(tempfile.mkdtemp()), w)),
            "cache": (lambda: texts([cache_folder()]), lambda w: in_folder(cache_folder("planted"), w)),
            "commands": (self._commands, lambda w: self._in_queue(dead, w)),
        }

    # ---- what functions say and leave behind
    def _logs(self) -> Iterator[str]:
        for function in self.plane.functions:
            yield from self.plane.logs(function.name)

    @property
    def _poller(self) -> Any:
        return self.plane.functions[self.day.names.poller].output

    @contextmanager
    def _in_log(self, word: str) -> Iterator[None]:
        self._poller.write(word)
        yield

    @contextmanager
    def _in_metrics(self, word: str) -> Iterator[None]:
        told = {"CloudWatchMetrics": [{"Namespace": "Planted", "Dimensions": [[]], "Metrics": [{"Name": "Planted"}]}]}
        before = list(self._poller.metrics)
        self._poller.write(json.dumps({"_aws": told, "Planted": 1, "text": word}))
        yield
        self._poller.metrics[:] = before

    @contextmanager
    def _in_calls(self, word: str) -> Iterator[None]:
        try:
            self.plane.boto3_client("ssm").get_parameter(Name=f"/{word}")
        except ClientError:
            yield

    @property
    def _folder(self) -> Path:
        """Of the plane, where functions print to and have their temporary files."""
        return next(up for up in self._poller.path.parents if up.name.startswith("plane-"))

    # ---- what is kept
    def items(self) -> Iterator[dict[str, Any]]:
        """All of the table, with what stands in them as JSON."""
        pages = self.plane.boto3_client("dynamodb").get_paginator("scan").paginate(TableName=self.day.names.table)
        for item in (item for page in pages for item in page["Items"]):
            plain = {name: TypeDeserializer().deserialize(value) for name, value in item.items()}
            plain |= {name: json.loads(plain[name]) for name in {"blocked"} & plain.keys()}
            written = [json.loads(plain.pop(name)) for name in ("doc", "what") if name in plain]
            yield reduce(or_, written, plain)

    def _items(self) -> Iterator[str]:
        return map(repr, self.items())

    @contextmanager
    def _in_table(self, word: str) -> Iterator[None]:
        table, key = self.plane.boto3_client("dynamodb"), {"PK": {"S": "Planted"}, "SK": {"S": word}}
        table.put_item(TableName=self.day.names.table, Item=key)
        yield
        table.delete_item(TableName=self.day.names.table, Key=key)

    def _parameters(self) -> list[str]:
        pages = self.plane.boto3_client("ssm").get_paginator("get_parameters_by_path")
        found = pages.paginate(Path=self.day.names.parameter_prefix.rstrip("/"), Recursive=True)
        return [each["Value"] for page in found for each in page["Parameters"]]

    @contextmanager
    def _in_settings(self, word: str) -> Iterator[None]:
        ssm, name = self.plane.boto3_client("ssm"), f"{self.day.names.parameter_prefix}planted"
        ssm.put_parameter(Name=name, Value=word, Type="String")
        yield
        ssm.delete_parameter(Name=name)

    # ---- what is sent
    @property
    def _dead(self) -> list[str]:
        return [name for name in self.plane.queues if name.endswith(n.DEAD_SUFFIX)]

    def _messages(self, queues: Iterable[str]) -> Iterator[str]:
        """Left where they are; with their attributes."""
        sqs = self.plane.boto3_client("sqs")
        for url in (sqs.get_queue_url(QueueName=name)["QueueUrl"] for name in queues):
            answer = sqs.receive_message(
                QueueUrl=url, VisibilityTimeout=0, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
            )
            yield from map(repr, answer.get("Messages", ()))

    @contextmanager
    def _in_queue(self, queue: str, word: str) -> Iterator[None]:
        detail = {"sys_id": "f" * 32, "incident_number": word}
        body = {"source": n.SOURCE_INCIDENTS, "detail-type": n.INCIDENT_UPDATED, "detail": detail}
        with self.plane.held(*self.day.queues):
            url = self.plane.boto3_client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
            self.plane.boto3_client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(body))
            yield
            self.take_away(queue, word)

    def take_away(self, queue: str, word: str) -> None:
        """The messages in which it stands."""
        sqs = self.plane.boto3_client("sqs")
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        answer = sqs.receive_message(QueueUrl=url, VisibilityTimeout=1, MaxNumberOfMessages=10)
        for message in answer["Messages"]:
            if word in message["Body"]:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def _bus_log(self) -> list[str]:
        logs = self.plane.boto3_client("logs")
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=self.day.names.notifications_log)
        return [event["message"] for page in pages for event in page["events"]]

    @contextmanager
    def _in_bus_log(self, word: str) -> Iterator[None]:
        """About a table that nobody here looks after."""
        detail = {"sys_id": "f" * 32, "table": "problem", "incident_number": word}
        self.day.publish(n.SOURCE_INCIDENTS, n.INCIDENT_UPDATED, detail)
        yield

    # ---- what an operator sees
    def _commands(self) -> Iterator[str]:
        for words in COMMANDS:
            done = CliRunner().invoke(cli, words, env=self.plane.operator_environment())
            assert done.exit_code in {0, 1}, done.output
            yield done.output


# ---------------------------------------------------------------------------------------------- this machine's files
def temporary_files() -> list[str]:
    """Made since these tests began, by whoever it was but the two systems and pytest."""
    with os.scandir(tempfile.gettempdir()) as entries:
        fresh = [Path(entry.path) for entry in entries if _is_fresh(entry)]
    return texts(path for path in fresh if not path.name.startswith((*THE_TWO_SYSTEMS, "pytest-")))


def texts(roots: Iterable[Path]) -> list[str]:
    """Of all files that were written since these tests began."""
    found = [path for root in roots for path in ([root] if root.is_file() else root.rglob("*")) if _is_fresh(path)]
    return [text for path in found if (text := _text(path))]


def _is_fresh(path: Path | os.DirEntry[str]) -> bool:
    """Another's temporary file may go while we look."""
    try:
        return path.stat(follow_symlinks=False).st_mtime >= BEGAN
    except OSError:
        return False


def _text(path: Path) -> str:
    try:
        small = path.is_file() and path.stat().st_size <= LARGEST
        return path.read_text(errors="replace") if small else ""
    except OSError:
        return ""


@contextmanager
def in_folder(folder: Path, word: str) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    (folder / "planted.txt").write_text(word)
    yield
    shutil.rmtree(folder)
