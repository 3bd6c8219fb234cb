"""S3 behind the `Buckets` port: a bucket a workspace, and the archive of what ended."""

from __future__ import annotations

import base64
import json
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests
from botocore.exceptions import BotoCoreError, ClientError

from integration.aws.errors import SYSTEM, error_for
from integration.clients.errors import Misconfigured, Refused, Unavailable
from integration.workspaces import bucket_settings
from integration.workspaces.model import Entry, Version
from integration.workspaces.naming import CHECK_FILE, is_regional

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from integration.workspaces.bucket_settings import Rules
    from integration.workspaces.model import Setting
    from integration.workspaces.ports import Signer

CHECK_CONTENT, CHECK_PAUSES_S, TIMEOUT_S = b"workspace check", (0.2, 0.6), 5.0
"""A new bucket's settings hold a moment later."""
_REFUSED = frozenset({"BucketAlreadyExists", "TooManyBuckets", "PreconditionFailed"})
_BUSY = frozenset({"OperationAborted", "ServiceUnavailable", "InternalError"})
_GONE: Mapping[str, Any] = {"NoSuchBucket": None, "404": None}
"""Words for a bucket that is not there."""


@contextmanager
def _raising(operation: str, *, write: bool = True) -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        code = _code(error)
        if code in _REFUSED:
            raise Refused(SYSTEM, f"{operation}: {code}", code=code, text=f"{operation}: {code}") from None
        if code in _BUSY:
            raise Unavailable(SYSTEM, f"{operation}: {code}") from None
        raise error_for(error, operation, write=write) from None


def _code(error: ClientError | BotoCoreError) -> str:
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


@dataclass(frozen=True)
class S3Buckets:
    """`client`: of S3, with the function's own rights. `archive`: the bucket of what ended, encrypted by SSE-S3, so
    that a copy has the same ETag. `sleep`: between tries of a check.
    """

    client: Any
    signer: Signer
    archive: str
    rules: Rules
    region: str
    sleep: Callable[[float], None] = time.sleep

    def create(self, bucket: str, tags: Mapping[str, str]) -> None:
        where = {} if self.region == "us-east-1" else {"LocationConstraint": self.region}
        tagged = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
        space = {"BucketNamespace": "account-regional"} if is_regional(bucket) else {}
        made = {"Bucket": bucket, "CreateBucketConfiguration": {**where, "Tags": tagged}, **space}
        self._asked("create_bucket", made, {"BucketAlreadyOwnedByYou": None})

    def _asked(
        self, operation: str, values: Mapping[str, Any], otherwise: Mapping[str, Any], *, write: bool = True
    ) -> Any:
        """The store's answer, or for some of its words what stands in place of one."""
        try:
            return getattr(self.client, operation)(**values)
        except (ClientError, BotoCoreError) as error:
            if _code(error) in otherwise:
                return otherwise[_code(error)]
            with _raising(operation, write=write):
                raise

    def configure(self, bucket: str, setting: Setting) -> None:
        operation, values = bucket_settings.put(setting, bucket, self.rules)
        with _raising(operation):
            getattr(self.client, operation)(Bucket=bucket, **values)

    def check(self, bucket: str) -> None:
        form = self.signer.upload(bucket, CHECK_FILE, len(CHECK_CONTENT), "text/plain")
        file = {"file": (CHECK_FILE, CHECK_CONTENT, "text/plain")}
        self._tried(lambda: requests.post(form.url, data=form.fields, files=file, timeout=TIMEOUT_S))
        address = self.signer.download(bucket, CHECK_FILE)
        answer = self._tried(lambda: requests.get(address, timeout=TIMEOUT_S))
        if answer.content != CHECK_CONTENT:
            raise Refused(SYSTEM, "the file of the check came back as another", text="check: another content")
        with _raising("delete_object"):
            self.client.delete_object(Bucket=bucket, Key=CHECK_FILE)

    def _tried(self, send: Callable[[], requests.Response]) -> requests.Response:
        for pause in (*CHECK_PAUSES_S, None):
            try:
                answer = send()
            except requests.RequestException as error:
                raise Unavailable(SYSTEM, f"check: {type(error).__name__}") from None
            if answer.ok:
                return answer
            if pause is not None:
                self.sleep(pause)
        if answer.status_code == 403:
            raise Misconfigured(SYSTEM, "check: a signed address of the new bucket is refused with 403")
        raise Unavailable(SYSTEM, f"check: a signed address of the new bucket is answered with {answer.status_code}")

    def close(self, bucket: str) -> bool:
        closed = bucket_settings.policy(bucket, self.rules, closed=True)
        return self._asked("put_bucket_policy", {"Bucket": bucket, "Policy": closed}, _GONE) is not None

    def versions(self, bucket: str, after: str = "") -> tuple[Sequence[Version], str]:
        marker = dict(zip(("KeyMarker", "VersionIdMarker"), json.loads(after), strict=True)) if after else {}
        answer = self._asked("list_object_versions", {"Bucket": bucket, **marker}, _GONE, write=False)
        if answer is None:
            return (), ""
        listed = [
            Version(each["Key"], each["VersionId"], int(each["Size"]), each["ETag"], current=bool(each["IsLatest"]))
            for each in answer.get("Versions", ())
        ]
        listed += [Version(each["Key"], each["VersionId"]) for each in answer.get("DeleteMarkers", ())]
        more = answer.get("IsTruncated")
        return listed, json.dumps([answer["NextKeyMarker"], answer["NextVersionIdMarker"]]) if more else ""

    def keep(self, bucket: str, version: Version, key: str) -> Entry:
        source = {"Bucket": bucket, "Key": version.key, "VersionId": version.version}
        with _raising("copy_object"):
            answer = self.client.copy_object(
                CopySource=source,
                Bucket=self.archive,
                Key=key,
                CopySourceIfMatch=version.etag,
                ChecksumAlgorithm="SHA256",
            )
        copied = answer["CopyObjectResult"]
        if copied["ETag"] != version.etag:
            raise Refused(SYSTEM, "a copy in the archive differs from its file", text="copy_object: another content")
        digest = base64.b64decode(copied.get("ChecksumSHA256", "")).hex()
        return Entry(version.key, version.version, version.size, key, digest)

    def delete(self, bucket: str, entries: Sequence[Entry]) -> None:
        named = [{"Key": each.key, "VersionId": each.version} for each in entries]
        with _raising("delete_objects"):
            answer = self.client.delete_objects(Bucket=bucket, Delete={"Objects": named, "Quiet": True})
        codes = {str(each.get("Code")) for each in answer.get("Errors", ())} - {"NoSuchKey", "NoSuchVersion"}
        if "AccessDenied" in codes:
            raise Misconfigured(SYSTEM, "delete_objects: AccessDenied")
        if codes:
            raise Unavailable(SYSTEM, f"delete_objects: {', '.join(sorted(codes))}")

    def drop(self, bucket: str) -> bool:
        return self._asked("delete_bucket", {"Bucket": bucket}, {**_GONE, "BucketNotEmpty": False}) is not False

    def exists(self, bucket: str) -> bool:
        return self._asked("head_bucket", {"Bucket": bucket}, _GONE, write=False) is not None

    def read(self, key: str) -> bytes | None:
        answer = self._asked("get_object", {"Bucket": self.archive, "Key": key}, {"NoSuchKey": None}, write=False)
        if answer is None:
            return None
        with _raising("get_object", write=False):
            content: bytes = answer["Body"].read()
        return content

    def write(self, key: str, content: bytes) -> None:
        with _raising("put_object"):
            self.client.put_object(Bucket=self.archive, Key=key, Body=content, ContentType="application/json")
