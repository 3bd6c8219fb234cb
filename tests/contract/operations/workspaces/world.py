"""A deployment with workspaces, as its commands meet it: the API over the twins, its table, buckets and archive."""

from __future__ import annotations

import json as json_
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from integration.aws.item import to_item
from integration.connection.declaration import CONNECTION
from integration.names import Names
from integration.operations.deployment.cloudformation import Stack
from integration.operations.workspaces.outputs import OUTPUT_ARCHIVE, OUTPUT_KEY, OUTPUT_URL
from integration.workspaces.declaration import WORKSPACES
from integration.workspaces.model import Policy
from tests.fakes.workspace_edge import KEY, Edge

URL = "https://api.example/prod"
OUTPUTS = {OUTPUT_URL: URL, OUTPUT_KEY: "key1", OUTPUT_ARCHIVE: "the-archive"}


class Paged:
    def __init__(self, member, found):
        self._member, self._found = member, found

    def paginate(self, Prefix="", BucketRegion="", **_asked):  # noqa: N803 - a boto3 client's own words
        """Two to a page, so that nobody reads one page alone."""
        found = [each for each in self._found() if each.get("Name", Prefix).startswith(Prefix)]
        found = [each for each in found if each.get("BucketRegion", BucketRegion) == BucketRegion]
        return [{self._member: found[at : at + 2]} for at in range(0, len(found), 2)]


@dataclass
class Answered:
    """As `requests` gives it."""

    status_code: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    def json(self):
        return json_.loads(self.body)


class World:
    """`busy`: so many answers of the API are `busy_status` first."""

    def __init__(self):
        self.edge, self.busy, self.busy_status, self.sent = Edge(policy=Policy()), 0, 429, []
        self.names, self.extra, self.untagged = Names(), {}, set()
        self.regions = {}
        self.environment, self.integrations = {"AWS_REGION": "eu-central-1"}, (CONNECTION, WORKSPACES)

    @property
    def system(self):
        return self.edge.system

    # ---- what the session is made of
    def client(self, service):
        return self

    def get(self, name):
        return self.stack(name)

    def stack(self, name):
        return Stack(name, "CREATE_COMPLETE", OUTPUTS)

    def request(self, method, url, *, params, json, headers, **_how):
        assert headers["x-api-key"] == KEY
        self.sent.append((method, urlsplit(url).path))
        if self.busy:
            self.busy -= 1
            return Answered(self.busy_status, "", {"Retry-After": "0"})
        said = self.edge.machine(method, url.removeprefix(URL), json, query=params or None)
        return Answered(said.status, json_.dumps(said.body), dict(said.headers))

    # ---- AWS
    class exceptions:  # noqa: N801 - a boto3 client's own word
        ClientError = ClientError

    def get_api_key(self, **_asked):
        return {"value": KEY}

    def get_paginator(self, operation):
        if operation == "scan":
            items = self.system.table.items.items
            rows = lambda: [to_item(i) for (pk, sk), i in items() if pk[:9] == "Workspace" and sk == "latest"]  # noqa: E731
            return Paged("Items", rows)
        names = lambda: (*self.system.buckets.buckets, *self.extra)  # noqa: E731 - as above
        region = self.environment["AWS_REGION"]
        return Paged("Buckets", lambda: [{"Name": n, "BucketRegion": self.regions.get(n, region)} for n in names()])

    def get_bucket_tagging(self, Bucket):  # noqa: N803 - a boto3 client's own word
        if Bucket in self.untagged:
            raise refused("NoSuchTagSet", "GetBucketTagging")
        tags = self.extra.get(Bucket) or self.system.buckets.buckets[Bucket].tags
        return {"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def get_object(self, Bucket, Key):  # noqa: N803 - as above
        assert Bucket == "the-archive"
        if Key not in self.system.buckets.archive:
            raise refused("NoSuchKey", "GetObject")
        return {"Body": Body(self.system.buckets.archive[Key])}

    def head_object(self, Bucket, Key):  # noqa: N803 - as above
        if Key not in self.system.buckets.archive:
            raise refused("404", "HeadObject")
        return {"ContentLength": len(self.system.buckets.archive[Key])}

    def head_bucket(self, Bucket):  # noqa: N803 - as above
        if Bucket not in self.system.buckets.buckets:
            raise refused("404", "HeadBucket")


@dataclass
class Body:
    content: bytes

    def read(self):
        return self.content


def refused(code, operation):
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 404}}, operation)
