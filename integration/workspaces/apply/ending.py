"""End a workspace: no more addresses, no more writes, copy, manifest, delete what that names, drop, prove, release.

Nothing is deleted that the manifest in the archive does not name: what arrives meanwhile keeps the bucket from being
dropped, and is copied first.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from integration.clients.errors import Unavailable
from integration.reconcile.create_once import wait_until_settled
from integration.workspaces.model import Entry, Found, Phase, Setting, Why
from integration.workspaces.naming import CHECK_FILE

if TYPE_CHECKING:
    from integration.workspaces.attempt import Attempt
    from integration.workspaces.model import Version
    from integration.workspaces.steps import Freeze, Manifest

DELETED_AT_ONCE = 1000


def manifest_key(workspace: str) -> str:
    return f"{workspace}/manifest.json"


def proof_key(workspace: str) -> str:
    return f"{workspace}/proof.json"


def freeze(attempt: Attempt, step: Freeze) -> None:
    """Stored before the bucket is closed, and looked at anew: this pass may have read the row before the last address
    was given, or before somebody extended it. Dies after: goes on, or back where somebody extends it.
    """
    ended = attempt.row.ended if step.why is Why.EXPIRED else step.why
    attempt.row = replace(attempt.row, phase=Phase.ENDING, why=step.why, ended=ended, blocked=None)
    attempt.found = None
    attempt.freeze()


def thaw(attempt: Attempt) -> None:
    """Opened before it is called ready. Dies after: opened again."""
    row = attempt.row
    if row.delivered:
        attempt.core.buckets.configure(row.bucket, Setting.POLICY)
    attempt.row = replace(row, phase=Phase.READY if row.delivered else Phase.MAKING, why=None, blocked=None)
    attempt.found = None
    attempt.save()


def close(attempt: Attempt) -> None:
    """Dies after: closed again. A bucket whose making was never answered may still come."""
    row = attempt.row
    exists = bool(row.attempt) and attempt.core.buckets.close(row.bucket)
    if not exists and not row.telling:
        wait_until_settled(row.unsettled_until, attempt.now())
    attempt.found = Found(exists=exists, missing=())


def archive(attempt: Attempt) -> None:
    """Dies after: copied again, and compared."""
    found = attempt.seen
    if not found.entries and attempt.row.manifest:
        found = replace(found, entries=_stored_entries(attempt))
        found = replace(found, stored=len(found.entries))
    known = {(each.key, each.version) for each in found.entries}
    entries, after, more = list(found.entries), "", True
    try:
        while more:
            page, after = attempt.core.buckets.versions(attempt.row.bucket, after)
            for version in page:
                if (version.key, version.version) in known:
                    continue
                if attempt.hurried:
                    found = replace(found, short=True)
                    return
                entries.append(_kept(attempt, version))
            more = bool(after)
        found = replace(found, listed=True)
    finally:
        attempt.found = replace(found, entries=tuple(entries))


def _kept(attempt: Attempt, version: Version) -> Entry:
    """What a later version, a removal or our own check replaced is named, and not kept."""
    if not version.current or version.key == CHECK_FILE:
        return Entry(version.key, version.version, version.size)
    key = f"{attempt.row.id}/files/{version.version}/{version.key}"
    return attempt.core.buckets.keep(attempt.row.bucket, version, key)


def manifest(attempt: Attempt, step: Manifest) -> None:
    """Stored before the row says so. Dies after: the fuller one replaces it.

    From the row's `deleting` on there is no way back; an extension that came before it stands.
    """
    entries = attempt.seen.entries
    content = json.dumps({"workspace": attempt.row.id, "entries": [asdict(each) for each in entries]}).encode()
    attempt.core.buckets.write(manifest_key(attempt.row.id), content)
    attempt.row = replace(attempt.row, manifest=hashlib.sha256(content).hexdigest())
    attempt.found = replace(attempt.seen, stored=len(entries))
    if step.complete and not attempt.row.deleting:
        attempt.no_way_back()
    else:
        attempt.save()


def empty(attempt: Attempt) -> None:
    """Dies after: deleted again, which is nothing."""
    found = attempt.seen
    batch = found.entries[found.deleted : min(found.stored, found.deleted + DELETED_AT_ONCE)]
    attempt.core.buckets.delete(attempt.row.bucket, batch)
    attempt.found = replace(found, deleted=found.deleted + len(batch))


def drop(attempt: Attempt) -> None:
    """Not empty: back to copying. Dies after: it is not there, which is done."""
    dropped = attempt.core.buckets.drop(attempt.row.bucket)
    attempt.found = replace(attempt.seen, exists=not dropped, listed=False)


def prove(attempt: Attempt) -> None:
    """Dies after: proven again."""
    row, now = attempt.row, attempt.now()
    if row.attempt and attempt.core.buckets.exists(row.bucket):
        raise Unavailable("aws", "the bucket still answers after it was deleted")
    entries = attempt.seen.entries or _stored_entries(attempt)
    kept = [each for each in entries if each.kept]
    proof = {
        "workspace": row.id, "bucket": row.bucket, "answers": 404, "at": round(now), "why": row.why,
        "files": len(kept), "bytes": sum(each.size for each in kept), "versions_deleted": len(entries),
        "manifest_sha256": row.manifest,
    }  # fmt: skip
    content = json.dumps(proof).encode()
    attempt.core.buckets.write(proof_key(row.id), content)
    digest = hashlib.sha256(content).hexdigest()
    attempt.row = replace(row, proof=f"{len(kept)} files, {proof['bytes']} bytes archived, proof sha256 {digest}")


def release(attempt: Attempt) -> None:
    """Gone, and the person's place free, in the one write that follows."""
    attempt.row = replace(attempt.row, phase=Phase.GONE, blocked=None)
    attempt.frees = True


def _stored_entries(attempt: Attempt) -> tuple[Entry, ...]:
    """Of the manifest in the archive, which is as the row remembers or fuller."""
    if not attempt.row.manifest:
        return ()
    content = attempt.core.buckets.read(manifest_key(attempt.row.id))
    if content is None:
        return ()
    return tuple(Entry(**each) for each in json.loads(content)["entries"])
