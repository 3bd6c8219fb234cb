"""Measures the end of one bucket with many versions."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import boto3

from bench.bare_beside import AT_ONCE, credentials, files_role
from bench.conditions import settled
from bench.counters import Books
from bench.workspace_load import AIM
from bench.workspaces import Work
from integration.operations.waiting import until
from integration.workspaces import names as w
from integration.workspaces.files import policy_for

if TYPE_CHECKING:
    from bench.desk import Desk

FILES, VERSIONS_EACH, CHECK_LEAVES = 49, 102, 2
END_OF = 14
"""AWS calls of an end beside copies, lists and deletions: those of an empty one without its one list and deletion."""


@dataclass(frozen=True)
class Ended:
    """One bucket with so many versions of so many files, archived and deleted."""

    versions: int
    files: int
    aws: int
    floor: int
    wall_s: float

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": round(self.ratio, 2), "aim_met": self.met}

    @property
    def ratio(self) -> float:
        return self.aws / self.floor

    @property
    def met(self) -> bool:
        return self.ratio <= AIM


def versions(desk: Desk) -> Ended:
    """5,000 of them, those of the check among them."""
    work = Work(desk)
    work.make()
    _fill(desk, work.workspace)
    settled(desk.running)
    books, began = Books(desk.running), time.monotonic()
    books.open()
    desk.machine("DELETE", f"/{work.workspace}")
    gone = {"proof": ""}

    def is_gone() -> bool:
        gone.update(desk.machine("GET", f"/{work.workspace}").json())
        return gone["phase"] == "gone"

    until(is_gone, 600, what="the end of many versions", look_s=5)
    wall_s = time.monotonic() - began
    settled(desk.running)
    asked = sum(call.function == w.CREATOR and call.operation == "GetItem" for call in books.calls()) - 1
    there = FILES * VERSIONS_EACH + CHECK_LEAVES
    if not gone["proof"].startswith(f"{FILES} files, "):
        raise RuntimeError(f"the proof says: {gone['proof']}")
    floor = END_OF + FILES + 2 * -(-there // 1000)
    return Ended(there, FILES, books.read().aws - asked, floor, round(wall_s, 1))


def _fill(desk: Desk, workspace: str) -> None:
    """With credentials of that bucket, as the page's addresses have."""
    plane = desk.running.plane
    bucket = desk.machine("GET", f"/{workspace}").json()["bucket"]
    role = files_role(desk.running)
    session = boto3.Session(*credentials(desk.running), region_name=plane.place.region)
    made = session.client("sts", endpoint_url=plane.aws_url).assume_role(
        RoleArn=role, RoleSessionName="bench", Policy=json.dumps(policy_for(bucket, role))
    )["Credentials"]
    s3 = session.client(
        "s3", endpoint_url=plane.aws_url, aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"], aws_session_token=made["SessionToken"],
    )  # fmt: skip
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for number in range(VERSIONS_EACH):
            list(pool.map(lambda name, n=number: s3.put_object(Bucket=bucket, Key=name, Body=b"%d" % n),
                          [f"file {each}" for each in range(FILES)]))  # fmt: skip
