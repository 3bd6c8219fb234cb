"""Makes the calls of so many new workspaces and nothing else: what the same work takes without any of our code.

A process as one environment of the worker, with its credentials and its passes side by side. Of its queue it takes
what is to be made; what it sends goes to a queue that wakes nobody.
"""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
import requests
from botocore.config import Config
from requests.adapters import HTTPAdapter

from bench.bare_calls import CHECK, INSTANCE
from integration.clients.servicenow.attachment import BASE, files_of, page_of
from integration.clients.servicenow.batch import BATCH, Read
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import PAGE, listed, path, shown
from integration.workspaces.buckets import CHECK_CONTENT
from integration.workspaces.files import DOWNLOAD_S, SESSION_S, policy_for
from integration.workspaces.model import ADDRESS_S
from integration.workspaces.naming import CHECK_FILE
from integration.workspaces.orders import CLOSED_COMPLETE, COLUMNS, NAME, TABLE, VALUE, VALUES
from integration.workspaces.passes import AT_ONCE

if TYPE_CHECKING:
    from multiprocessing.queues import Queue
    from multiprocessing.synchronize import Barrier

    from bench.bare_calls import Call

TIMEOUT_S = 60
TYPE = "text/plain"


@dataclass(frozen=True)
class Task:
    """`role`: of files. `instance`: its address, with a user that may do what ours may."""

    aws_url: str
    region: str
    key: str
    secret: str
    token: str
    role: str
    dead_url: str
    instance: str
    user: str
    password: str


@dataclass(frozen=True)
class Job:
    """`calls`, one after the other; each message sent begins one of `each`, once it is sent."""

    calls: list[Call]
    each: list[list[Call]] = field(default_factory=list)


class Bare:
    def __init__(self, task: Task) -> None:
        self.task = task
        session = boto3.Session(task.key, task.secret, task.token, region_name=task.region)
        config = Config(max_pool_connections=AT_ONCE, s3={"addressing_style": "path"})
        services = ("dynamodb", "s3", "sts", "sqs")
        self.clients = {each: session.client(each, endpoint_url=task.aws_url, config=config) for each in services}
        signed = config.merge(Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
        self.files = partial(session.client, "s3", endpoint_url=task.aws_url, config=signed)
        self.making = threading.Lock()
        self.http = requests.Session()
        self.http.auth = (task.user, task.password)
        self.http.mount(task.instance, HTTPAdapter(pool_maxsize=AT_ONCE))

    def do(self, job: Job, jobs: Queue[Job]) -> None:
        waiting = iter(job.each)
        for call in job.calls:
            self._make(call)
            for _ in call.asked.get("Entries", ()):
                jobs.put(Job(next(waiting)))

    def _make(self, call: Call) -> None:
        if call.service == INSTANCE:
            self._ask(call.operation, **call.asked)
        elif call.operation == CHECK:
            self._check(call.asked["Bucket"])
        else:
            elsewhere = {"QueueUrl": self.task.dead_url} if call.service == "sqs" else {}
            getattr(self.clients[call.service], call.operation)(**call.asked | elsewhere)

    def _check(self, bucket: str) -> None:
        task = self.task
        made = self.clients["sts"].assume_role(
            RoleArn=task.role, RoleSessionName="bare", Policy=json.dumps(policy_for(bucket, task.role)),
            DurationSeconds=SESSION_S,
        )["Credentials"]  # fmt: skip
        with self.making:
            files = self.files(
                aws_access_key_id=made["AccessKeyId"], aws_secret_access_key=made["SecretAccessKey"],
                aws_session_token=made["SessionToken"],
            )  # fmt: skip
        size = ["content-length-range", len(CHECK_CONTENT), len(CHECK_CONTENT)]
        form = files.generate_presigned_post(
            bucket, CHECK_FILE, {"Content-Type": TYPE}, [size, ["eq", "$Content-Type", TYPE]], int(ADDRESS_S)
        )
        file = {"file": (CHECK_FILE, CHECK_CONTENT, TYPE)}
        requests.post(form["url"], data=form["fields"], files=file, timeout=TIMEOUT_S).raise_for_status()
        address = files.generate_presigned_url("get_object", {"Bucket": bucket, "Key": CHECK_FILE}, DOWNLOAD_S)
        requests.get(address, timeout=TIMEOUT_S).raise_for_status()
        self.clients["s3"].delete_object(Bucket=bucket, Key=CHECK_FILE)

    # ---- the instance
    def _ask(self, operation: str, sys_id: str, **more: str) -> None:
        match operation:
            case "read":
                values = listed(Query().equals("request_item", sys_id), (NAME, VALUE), PAGE)
                reads = [Read(path(TABLE, sys_id), TABLE, shown(COLUMNS)), Read(path(VALUES), VALUES, values)]
                accept = [{"name": "Accept", "value": "application/json"}]
                parts = [
                    {"id": str(number), "method": "GET", "url": each.url, "headers": accept}
                    for number, each in enumerate(reads)
                ]
                self._send("POST", BATCH, json={"batch_request_id": "1", "rest_requests": parts})
            case "close":
                body = {"comments": more["text"], "state": CLOSED_COMPLETE}
                self._send("PATCH", path(TABLE, sys_id), json=body, params=shown(("state",)))
            case "files":
                self._send("GET", BASE, params=page_of(files_of(TABLE, sys_id)))
            case "attach":
                about = {"table_name": TABLE, "table_sys_id": sys_id, "file_name": more["name"]}
                headers = {"Content-Type": "text/csv"}
                self._send("POST", f"{BASE}/file", params=about, data=more["content"].encode(), headers=headers)

    def _send(self, method: str, address: str, **more: Any) -> None:
        self.http.request(method, self.task.instance + address, timeout=TIMEOUT_S, **more).raise_for_status()


def work(task: Task, jobs: Queue[Job], done: Queue[str], gate: Barrier) -> None:
    """`done` has a word for each job: what went wrong, or nothing."""
    bare = Bare(task)

    def lane(_number: int) -> None:
        while True:
            job = jobs.get()
            try:
                bare.do(job, jobs)
            except Exception as error:  # noqa: BLE001 - whatever it is, whoever waits is told
                done.put(f"{type(error).__name__}: {error}")
            else:
                done.put("")

    gate.wait()
    with ThreadPoolExecutor(AT_ONCE) as beside:
        list(beside.map(lane, range(AT_ONCE)))
