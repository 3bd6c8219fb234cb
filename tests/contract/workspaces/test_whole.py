"""An order from an emulated instance to its proof, over the real adapters: DynamoDB and S3 are moto's."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from integration.aws.encryption import Envelope
from integration.aws.errors import connect
from integration.emulators import servicenow
from integration.workspaces import links
from integration.workspaces.apply.ending import manifest_key, proof_key
from integration.workspaces.buckets import S3Buckets
from integration.workspaces.model import Phase, Setting, Why
from integration.workspaces.naming import BucketNames
from integration.workspaces.ordering import Ordering
from integration.workspaces.reconciler import Reconciler, Settings
from integration.workspaces.records import WorkspaceRecords
from tests.contract.emulated import Instance, key_and_certificate
from tests.contract.workspaces.test_port_orders import Shop

if TYPE_CHECKING:
    from collections.abc import Iterator

    import boto3

    from integration.aws.table import Table

FUNCTION_S = 180.0


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with servicenow.serve(servicenow.create_app()) as url:
        instance = Instance(url)
        instance.fresh(*key_and_certificate(), "itil", "snc_platform_rest_api_access")
        yield Shop(instance)


class WithoutPolicy(S3Buckets):
    """moto reads no condition of a bucket's policy, so ours would refuse everybody; the plane's door is asked for it
    in `test_buckets_at_the_door`.
    """

    def configure(self, bucket: str, setting: Setting) -> None:
        if setting is not Setting.POLICY:
            super().configure(bucket, setting)

    def close(self, bucket: str) -> bool:
        return self.exists(bucket)


@pytest.fixture(scope="module")
def ordering(session: boto3.Session, real_table: Table, s3: S3Buckets, shop: Shop) -> Ordering:
    key = session.client("kms").create_key()["KeyMetadata"]["Arn"]
    records = WorkspaceRecords(real_table, Envelope(connect(session, "kms"), key))
    names = BucketNames("123456789012", "eu-central-1")
    settings = Settings(200, names, lambda row, member: links.link("secret", "https://page/w", row, member))
    s3 = WithoutPolicy(**vars(s3))
    return Ordering(Reconciler(s3, shop.port, records, settings, time.time), lambda _: None)


def test_from_the_order_to_its_proof(ordering: Ordering, shop: Shop, s3: S3Buckets) -> None:
    """Approved, made, closed with a link that lets in; ended by order, archived, proven gone; told each time once."""
    core, item = ordering.core, shop.order(variables={"days": "3", "cost_center": "4711"})
    assert ordering.run(item, time.time() + FUNCTION_S).report.outcome == "waits for its approval"
    shop.change(item, approval="approved")
    outcome = ordering.run(item, time.time() + FUNCTION_S)
    assert outcome.error is None
    row = core.records.get(outcome.report.workspace)
    assert row is not None
    assert row.phase is Phase.READY
    (told,) = notes(shop, item)
    (address,) = [line for line in told.splitlines() if line.startswith("https://")]
    assert links.holder("secret", address, row) == row.members[0]
    assert core.records.shown(row, row.members[0]) == "Joe Employee"
    assert shop.instance.people.rows("sc_req_item", sys_id=item)[0]["state"] == "3"

    s3.client.put_object(Bucket=row.bucket, Key="grüße/a b.txt", Body=b"content")
    ending = shop.order(variables={"action": "end"})
    shop.change(ending, approval="approved")
    assert ordering.run(ending, time.time() + FUNCTION_S).report.outcome == "Later"
    assert core.run(row.id, time.time() + FUNCTION_S).error is None
    assert ordering.run(ending, time.time() + FUNCTION_S).error is None
    gone = core.records.get(row.id)
    assert gone is not None
    assert (gone.phase, gone.why) == (Phase.GONE, Why.LEFT)
    assert not s3.exists(row.bucket)

    proof = json.loads(s3.read(proof_key(row.id)) or b"{}")
    assert (proof["files"], proof["bytes"], proof["answers"]) == (1, 7, 404)
    named = json.loads(s3.read(manifest_key(row.id)) or b"{}")["entries"]
    (kept,) = [each for each in named if each["kept"]]
    assert kept["key"] == "grüße/a b.txt"
    assert s3.read(kept["kept"]) == b"content"
    assert len(notes(shop, item)) == 2
    (last,) = notes(shop, ending)
    assert "proof sha256" in last


def notes(shop: Shop, item: str) -> list[str]:
    return [row["value"] for row in shop.instance.people.rows("sys_journal_field", element_id=item)]
