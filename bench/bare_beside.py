"""Has the calls of so many new workspaces made bare, by processes of `bench.bare`, and removes what they made."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bench.bare import PREFIX as BARE
from bench.bare import Task
from integration.aws_plane.plane import ACCOUNT
from integration.constants import PASSES_AT_ONCE
from integration.workspaces import names as w
from integration.workspaces.naming import prefix_of

if TYPE_CHECKING:
    from integration.operations.local.system import LocalSystem

AT_ONCE = 8
_USER, _PASSWORD = "bench.bare", "not a secret of anybody"


def bare_s_of(running: LocalSystem, count: int, *, with_instance: bool) -> float:
    """By as many processes as the worker has environments, with its credentials; what they made is removed."""
    plane, record = running.plane, {}
    if with_instance:
        staff = running.people().servicenow
        staff.send("POST", "users", json={"user_name": _USER, "password": _PASSWORD, "roles": ["itil", "admin"]})
        made = staff.write("admin", "insert", "incident", short_description="Of nobody", enforce=False)
        url = f"{running.servicenow_url}/api/now/table/incident/{made['sys_id']}"
        record = {"record": url, "user": _USER, "password": _PASSWORD}
    role = files_role(running)
    tasks = [
        Task(plane.aws_url, plane.place.region, ACCOUNT, *credentials(running), w.TABLE, role,
             list(range(first, count, PASSES_AT_ONCE)), **record)
        for first in range(PASSES_AT_ONCE)
    ]  # fmt: skip
    try:
        return _run(tasks)
    finally:
        _forget(running, count)


def _run(tasks: list[Task]) -> float:
    command = [sys.executable, "-m", "bench.bare"]
    children = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own
        for _ in tasks
    ]
    try:
        for child, task in zip(children, tasks, strict=True):
            _say(child, json.dumps(asdict(task)))
        _heard(children, "ready")
        began = time.monotonic()
        for child in children:
            _say(child, "go")
        _heard(children, "done")
        return time.monotonic() - began
    finally:
        for child in children:
            child.kill()
            child.wait()


def _say(child: subprocess.Popen[str], line: str) -> None:
    assert child.stdin
    child.stdin.write(line + "\n")
    child.stdin.flush()


def _heard(children: list[subprocess.Popen[str]], word: str) -> None:
    for child in children:
        assert child.stdout
        if child.stdout.readline().strip() != word:
            raise RuntimeError(f"a process that makes bare calls ended before it was {word}")


def credentials(running: LocalSystem) -> tuple[str, str, str]:
    """Of an environment of the worker."""
    callers = running.plane.gateway.callers.items()
    return next((key, caller.secret, caller.token) for key, caller in callers if caller.function == w.WORKER)


def files_role(running: LocalSystem) -> str:
    return next(each.arn for each in running.plane.roles if "Files" in each.name)


def _forget(running: LocalSystem, count: int) -> None:
    s3, dynamodb = (running.plane.boto3_client(each) for each in ("s3", "dynamodb"))
    names = [each["Name"] for each in s3.list_buckets(Prefix=f"{prefix_of('')}bare-")["Buckets"]]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda name: _drop(s3, name), names))
    for number in range(count):
        for kind in ("latest", "audit"):
            dynamodb.delete_item(TableName=w.TABLE, Key={"PK": {"S": f"{BARE}{number}"}, "SK": {"S": kind}})


def _drop(s3: Any, bucket: str) -> None:
    s3.delete_bucket_policy(Bucket=bucket)
    listed = s3.list_object_versions(Bucket=bucket)
    for each in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]:
        s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
    s3.delete_bucket(Bucket=bucket)
