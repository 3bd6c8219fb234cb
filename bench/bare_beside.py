"""Has the calls of so many new workspaces made bare, by processes of `bench.bare`, and removes what they made."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bench import bare_calls
from bench.bare import Job, Task, work
from integration import names as n
from integration.aws_plane.plane import ACCOUNT
from integration.constants import PASSES_AT_ONCE
from integration.workspaces import names as w
from integration.workspaces.bucket_settings import Rules
from integration.workspaces.naming import BucketNames, prefix_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from multiprocessing.queues import Queue

    from bench.bare_calls import Work
    from integration.operations.local.system import LocalSystem

AT_ONCE, PATIENCE_S = 8, 120
_USER, _PASSWORD = "bench.bare", "not a secret of anybody"


def bare_s_of(running: LocalSystem, count: int, *, in_one: bool) -> float:
    """By as many processes as the worker has environments, with its credentials; what they made is removed."""
    place, task = _place(running), _task(running)
    items = _items(running, 1 if in_one else count)
    calls = bare_calls.of_one(place, items[0], count) if in_one else bare_calls.of_orders(place, items)
    try:
        return _run(task, calls)
    finally:
        _forget(running, task, calls)


def _run(task: Task, calls: Work) -> float:
    new = multiprocessing.get_context("spawn")
    jobs: Queue[Job] = new.Queue()
    done: Queue[str] = new.Queue()
    gate = new.Barrier(PASSES_AT_ONCE + 1)
    children = [new.Process(target=work, args=(task, jobs, done, gate), daemon=True) for _ in range(PASSES_AT_ONCE)]
    try:
        for child in children:
            child.start()
        gate.wait(PATIENCE_S)
        began = time.monotonic()
        first = [Job(calls.head, calls.each)] if calls.head else [Job(each) for each in calls.each]
        _made(first, jobs, done, len(calls.each) + bool(calls.head))
        _made([Job(calls.tail)], jobs, done, 1)
        return time.monotonic() - began
    finally:
        for child in children:
            child.kill()
            child.join()


def _made(first: Iterable[Job], jobs: Queue[Job], done: Queue[str], count: int) -> None:
    for job in first:
        jobs.put(job)
    for _ in range(count):
        if wrong := done.get(timeout=PATIENCE_S):
            raise RuntimeError(f"a bare call: {wrong}")


def _place(running: LocalSystem) -> bare_calls.Place:
    variables, region = _variables(running), running.plane.place.region
    page = urlsplit(variables[w.ENV_PAGE])
    rules = Rules(f"{page.scheme}://{page.netloc}", tuple(variables[w.ENV_ROLES].split(",")))
    names = BucketNames(ACCOUNT, region)
    return bare_calls.Place(variables[w.ENV_TABLE], variables[w.ENV_QUEUE], names, rules, region)


def _task(running: LocalSystem) -> Task:
    plane = running.plane
    dead = plane.boto3_client("sqs").get_queue_url(QueueName=w.QUEUE + n.DEAD_SUFFIX)["QueueUrl"]
    staff = running.people().servicenow
    staff.send("POST", "users", json={"user_name": _USER, "password": _PASSWORD, "roles": ["itil", "admin"]})
    return Task(
        plane.aws_url, plane.place.region, *credentials(running), files_role(running), dead, running.servicenow_url,
        _USER, _PASSWORD,
    )  # fmt: skip


def _items(running: LocalSystem, count: int) -> list[str]:
    """Request items that no rule of ours looks at."""
    staff = running.people().servicenow
    made = [
        staff.write("admin", "insert", "sc_req_item", short_description="bare", enforce=False) for _ in range(count)
    ]
    return [str(each["sys_id"]) for each in made]


def _variables(running: LocalSystem) -> Mapping[str, str]:
    return next(each.definition.variables for each in running.plane.functions if each.name == w.WORKER)


def credentials(running: LocalSystem) -> tuple[str, str, str]:
    """Of an environment of the worker."""
    callers = running.plane.gateway.callers.items()
    return next((key, caller.secret, caller.token) for key, caller in callers if caller.function == w.WORKER)


def files_role(running: LocalSystem) -> str:
    return _variables(running)[w.ENV_FILES_ROLE]


def _forget(running: LocalSystem, task: Task, calls: Work) -> None:
    s3, dynamodb, sqs = (running.plane.boto3_client(each) for each in ("s3", "dynamodb", "sqs"))
    names = [each["Name"] for each in s3.list_buckets(Prefix=f"{prefix_of('')}{bare_calls.SLUG}-")["Buckets"]]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda name: _drop(s3, name), names))
        list(pool.map(lambda key: dynamodb.delete_item(TableName=w.TABLE, Key=_key(*key)), calls.keys))
    with suppress(sqs.exceptions.PurgeQueueInProgress):  # once a minute; the next time takes what stays
        sqs.purge_queue(QueueUrl=task.dead_url)


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"PK": {"S": pk}, "SK": {"S": sk}}


def _drop(s3: Any, bucket: str) -> None:
    s3.delete_bucket_policy(Bucket=bucket)
    listed = s3.list_object_versions(Bucket=bucket)
    for each in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]:
        s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
    s3.delete_bucket(Bucket=bucket)
