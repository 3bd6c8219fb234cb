"""`workspace proof`: what became of a workspace, as the archive has it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import click
from botocore.exceptions import ClientError

from integration.aws.errors import raising_ours
from integration.operations.terminal import options
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import NOT_IN_ORDER, command, many
from integration.operations.workspaces.session import opened
from integration.workspaces.apply.ending import manifest_key, proof_key

if TYPE_CHECKING:
    from integration.operations.workspaces.session import Session
    from integration.workspaces.model import Row

ABSENT = frozenset({"NoSuchBucket", "404"})


@click.command()
@click.argument("workspace")
@options.deployment
@options.as_json
def proof(workspace: str, **given: Any) -> None:
    """Show what became of an ended workspace, and compare it with the archive: proof, manifest, each file, the bucket.

    Ends with 1 where something is not as the row says.

    \b
    Examples:
      ./deploy_integrations_solution.py workspace proof 1b4e28ba --json
    """
    session = opened(given)
    row = session.row(workspace)
    if not row.proof:
        raise Failure("It has not ended yet.", command(f"workspace show {row.id}", session.deployed.names.name))
    told, wrong = compared(session, row)
    session.output.result(f"{row.id}: {row.proof}")
    for each in wrong:
        session.output.warn(each)
    if not wrong:
        session.output.result(f"The archive agrees: {many(told['files'], 'file')}, and {row.bucket} is not there.")
    if session.output.quiet:
        session.output.document({"workspace": row.id, "proof": told, "differences": wrong})
    raise click.exceptions.Exit(NOT_IN_ORDER if wrong else 0)


def compared(session: Session, row: Row) -> tuple[dict[str, Any], list[str]]:
    """The stored proof, and what does not agree with it."""
    stored, manifest = (_read(session, key(row.id)) for key in (proof_key, manifest_key))
    if stored is None:
        return {"files": 0}, ["the archive has no proof of it"]
    told, wrong = json.loads(stored), []
    if hashlib.sha256(stored).hexdigest() not in row.proof:
        wrong.append("the proof in the archive is not the one that the row names")
    if row.manifest and (manifest is None or hashlib.sha256(manifest).hexdigest() != row.manifest):
        wrong.append("the manifest in the archive is not the one that the row names")
    entries = json.loads(manifest)["entries"] if manifest else []
    missing = [each for each in entries if each["kept"] and not _stands(session, each["kept"], each["size"])]
    wrong += [f"not in the archive as its manifest says: {many(len(missing), 'file')}"] if missing else []
    wrong += [f"the bucket {row.bucket} is there"] if _bucket_stands(session, row.bucket) else []
    return told, wrong


def _read(session: Session, key: str) -> bytes | None:
    try:
        answer = session.deployed.client("s3").get_object(Bucket=session.archive, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return None
        with raising_ours("get_object of the archive"):
            raise
    content: bytes = answer["Body"].read()
    return content


def _stands(session: Session, key: str, size: int) -> bool:
    try:
        answer = session.deployed.client("s3").head_object(Bucket=session.archive, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchKey"}:
            return False
        with raising_ours("head_object of the archive"):
            raise
    return bool(answer["ContentLength"] == size)


def _bucket_stands(session: Session, bucket: str) -> bool:
    try:
        session.deployed.client("s3").head_bucket(Bucket=bucket)
    except ClientError as error:
        return error.response["Error"]["Code"] not in ABSENT
    return True
