"""Makes the calls of so many new workspaces and nothing else: what the same work takes without any of our code.

A process as one environment of the worker, with its credentials and its passes side by side. Reads a `Task` as JSON
from stdin, says `ready`, waits for a line, makes the calls.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import boto3
import requests
from botocore.config import Config

from integration.workspaces import bucket_settings
from integration.workspaces.files import policy_for
from integration.workspaces.model import Setting
from integration.workspaces.naming import CHECK_FILE, BucketNames
from integration.workspaces.passes import AT_ONCE

ROW_BYTES, CONTENT, TIMEOUT_S = 900, b"workspace check", 60
PREFIX = "Bare#"


@dataclass(frozen=True)
class Task:
    """`numbers`: of the workspaces. `record`: of the instance, read and written once for each; "": none is."""

    aws_url: str
    region: str
    account: str
    key: str
    secret: str
    token: str
    table: str
    role: str
    numbers: list[int]
    record: str = ""
    user: str = ""
    password: str = ""


class Bare:
    def __init__(self, task: Task) -> None:
        self.task = task
        session = boto3.Session(task.key, task.secret, task.token, region_name=task.region)
        config = Config(max_pool_connections=AT_ONCE, s3={"addressing_style": "path"})
        self.dynamodb, self.s3, self.sts = (
            session.client(each, endpoint_url=task.aws_url, config=config) for each in ("dynamodb", "s3", "sts")
        )
        signed = config.merge(Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
        self.files = partial(session.client, "s3", endpoint_url=task.aws_url, config=signed)
        self.rules = bucket_settings.Rules("https://page.example", (task.role,))

    def make(self, number: int) -> None:
        task = self.task
        bucket = BucketNames(task.account, task.region).of(f"{number:08x}", "bare", 1)
        item = {"PK": {"S": f"{PREFIX}{number}"}, "SK": {"S": "latest"}, "row": {"S": "r" * ROW_BYTES}}
        key = {name: item[name] for name in ("PK", "SK")}
        self.dynamodb.get_item(TableName=task.table, Key=key, ConsistentRead=True)
        self.dynamodb.put_item(TableName=task.table, Item=item)
        if task.record:
            requests.get(task.record, auth=(task.user, task.password), timeout=TIMEOUT_S).raise_for_status()
        tags = [{"Key": name, "Value": "bare"} for name in ("Application", "Deployment", "Workspace")]
        self.s3.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"Tags": tags}, BucketNamespace="account-regional"
        )
        for setting in Setting:
            operation, values = bucket_settings.put(setting, bucket, self.rules)
            getattr(self.s3, operation)(Bucket=bucket, **values)
        self._check(bucket)
        self.dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": task.table, "Item": {**item, "SK": {"S": kind}}}} for kind in ("latest", "audit")
            ]
        )
        if task.record:
            answer = requests.patch(
                task.record, json={"short_description": bucket}, auth=(task.user, task.password), timeout=TIMEOUT_S
            )
            answer.raise_for_status()

    def _check(self, bucket: str) -> None:
        policy = json.dumps(policy_for(bucket, self.task.role))
        made = self.sts.assume_role(RoleArn=self.task.role, RoleSessionName="bare", Policy=policy)["Credentials"]
        files = self.files(
            aws_access_key_id=made["AccessKeyId"], aws_secret_access_key=made["SecretAccessKey"],
            aws_session_token=made["SessionToken"],
        )  # fmt: skip
        form = files.generate_presigned_post(
            bucket, CHECK_FILE, {}, [["content-length-range", len(CONTENT), len(CONTENT)]]
        )
        file = {"file": (CHECK_FILE, CONTENT, "text/plain")}
        requests.post(form["url"], data=form["fields"], files=file, timeout=TIMEOUT_S).raise_for_status()
        address = files.generate_presigned_url("get_object", {"Bucket": bucket, "Key": CHECK_FILE})
        requests.get(address, timeout=TIMEOUT_S).raise_for_status()
        files.delete_object(Bucket=bucket, Key=CHECK_FILE)


def main() -> None:
    given: dict[str, Any] = json.loads(sys.stdin.readline())
    task = Task(**given)
    bare = Bare(task)
    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(AT_ONCE) as beside:
        list(beside.map(bare.make, task.numbers))
    print("done", flush=True)


if __name__ == "__main__":
    main()
