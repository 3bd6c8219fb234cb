"""What there is: rows of the table, buckets of the account, and what follows from both."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from integration.aws.errors import raising_ours
from integration.aws.item import from_item
from integration.workspaces.model import DAY_S, Phase
from integration.workspaces.naming import prefix_of
from integration.workspaces.row_codec import workspace_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from integration.operations.deployment.deployed import Deployed
    from integration.workspaces.model import Row

IDLE_S = 14 * DAY_S
PERCENTILE = 95
TAG_WORKSPACE, TAG_DEPLOYMENT = "Workspace", "Deployment"
COLUMNS = (
    "workspace", "phase", "kind", "order", "cost_center", "created", "ready", "expires", "extended", "used", "quota",
    "proof",
)  # fmt: skip


@dataclass(frozen=True)
class Inventory:
    """Reads with the operator's credentials. All rows are looked at: of a table there is no list but a scan."""

    deployed: Deployed
    table: str

    def rows(self) -> list[Row]:
        """The newest first."""
        found = []
        with raising_ours(f"scan {self.table}"):
            pages = self.deployed.client("dynamodb").get_paginator("scan").paginate(
                TableName=self.table, ConsistentRead=True,
                FilterExpression="begins_with(PK, :kind) AND SK = :latest",
                ExpressionAttributeValues={":kind": {"S": "Workspace#"}, ":latest": {"S": "latest"}},
            )  # fmt: skip
            for page in pages:
                found += [from_item(each) for each in page["Items"]]
        rows = [workspace_row((str(each["PK"]), str(each["SK"])), each) for each in found]
        return sorted(rows, key=lambda row: -row.created)

    def buckets(self) -> dict[str, str]:
        """Bucket → workspace, of this deployment's by name, region and tag; without a tag: ""."""
        client, found, name = self.deployed.client("s3"), {}, self.deployed.names.name
        own = name or "default"
        asked = {"Prefix": prefix_of(name), "BucketRegion": self.deployed.environment["AWS_REGION"]}
        with raising_ours("list_buckets"):
            pages = client.get_paginator("list_buckets").paginate(**asked, PaginationConfig={"PageSize": 1000})
            names = [each["Name"] for page in pages for each in page["Buckets"]]
        for name in names:
            tags = self._tags(client, name)
            if tags is not None and tags.get(TAG_DEPLOYMENT, own) == own:
                found[name] = tags.get(TAG_WORKSPACE, "")
        return found

    @staticmethod
    def _tags(client: Any, bucket: str) -> dict[str, str] | None:
        """None: it went meanwhile."""
        try:
            answer = client.get_bucket_tagging(Bucket=bucket)
        except client.exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
            if code in {"NoSuchTagSet", "NoSuchBucket"}:
                return {} if code == "NoSuchTagSet" else None
            with raising_ours("get_bucket_tagging"):
                raise
        return {each["Key"]: each["Value"] for each in answer["TagSet"]}


@dataclass(frozen=True, slots=True)
class Difference:
    """`orphans`: buckets of ours without a workspace that lives. `missing`: workspaces whose bucket is not there."""

    orphans: tuple[str, ...]
    missing: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.orphans or self.missing)


def difference(rows: Iterable[Row], buckets: Mapping[str, str]) -> Difference:
    """One that is being made may have a bucket or not; one that ends may have lost it already."""
    rows = list(rows)
    living = {row.bucket for row in rows if row.phase is not Phase.GONE}
    needed = {row.bucket: row.id for row in rows if row.phase is Phase.READY}
    return Difference(
        tuple(sorted(set(buckets) - living)),
        tuple(sorted(workspace for bucket, workspace in needed.items() if bucket not in buckets)),
    )


def report(rows: Sequence[Row], now: float) -> dict[str, Any]:
    """Counts and times. `idle`: ready, and nothing was uploaded for so long; `delivery`: from order to ready."""
    ready = [row for row in rows if row.phase is Phase.READY]
    idle = [row for row in ready if now - max(row.uploads_until, row.ready) > IDLE_S]
    took = sorted(row.ready - row.created for row in rows if row.delivered)
    centers: dict[str, int] = {}
    for row in ready:
        centers[row.cost_center or "none"] = centers.get(row.cost_center or "none", 0) + 1
    return {
        "workspaces": len(rows),
        "phases": {str(phase): sum(row.phase is phase for row in rows) for phase in Phase},
        "idle": len(idle),
        "blocked": sum(row.blocked is not None for row in rows),
        "used_bytes": sum(row.used for row in ready),
        "cost_centers": dict(sorted(centers.items())),
        "delivered": len(took),
        "delivery_s": {"median": _rounded(statistics.median(took)), f"p{PERCENTILE}": _rounded(percentile(took))}
        if took
        else {},
    }


def percentile(ordered: Sequence[float]) -> float:
    """The smallest that no more than five in a hundred exceed."""
    return ordered[-(-len(ordered) * PERCENTILE // 100) - 1]


def document(row: Row) -> dict[str, Any]:
    """A row for scripts and tables: ids, counts, moments; no name of a person."""
    return dict(
        zip(
            COLUMNS,
            (
                row.id, str(row.phase), str(row.kind), row.number or (row.order if row.catalog else ""),
                row.cost_center, round(row.created), round(row.ready), round(row.lives_until), row.extended, row.used,
                row.quota, row.proof,
            ),
            strict=True,
        )
    )  # fmt: skip


def _rounded(seconds: float) -> float:
    return round(seconds, 2)
