"""botocore's errors of the AWS services beneath us in the words of `clients.errors`, and two kinds only they have.

    RemoteError
    ├── Unavailable     throttled, 5xx, time-outs, a transaction in conflict
    ├── Misconfigured   access denied, or a table, bus, secret, parameter or object that does not exist
    │   └── SettingsError   a parameter is missing or makes no sense (in `settings`)
    └── AwsError        anything else; nobody expects it
        └── ConditionFailed a conditional write found another state than it asked for

Messages carry operation and error code, never an item, a secret or what botocore quotes of a request.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    InvalidConfigError,
    LoginError,
    NoCredentialsError,
    SSOError,
)

from integration.clients.certificate import OF_AWS, untrusted
from integration.clients.errors import Misconfigured, RemoteError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import boto3

SYSTEM = "aws"
CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=3, read_timeout=10)
_BUSY = frozenset({
    "ThrottlingException", "Throttling", "ProvisionedThroughputExceededException", "RequestLimitExceeded",
    "TooManyRequestsException", "TransactionConflictException", "TransactionInProgressException", "SlowDown",
    "LimitExceededException", "RequestTimeout", "RequestTimeoutException",
})  # fmt: skip
_SETTINGS = frozenset({
    "AccessDeniedException", "AccessDenied", "ResourceNotFoundException", "NoSuchBucket", "NoSuchKey", "NoSuchVersion",
    "UnrecognizedClientException", "InvalidClientTokenId", "ExpiredTokenException", "InvalidSignatureException",
    "DecryptionFailure", "KMSAccessDeniedException", "InvalidKeyId", "ParameterNotFound", "KMS.DisabledException",
    "KMSDisabledException", "KMSInvalidStateException", "DisabledException",
    "NotFoundException", "403", "404",
})  # fmt: skip


class AwsError(RemoteError):
    def __init__(self, reason: str) -> None:
        super().__init__(SYSTEM, reason)


class ConditionFailed(AwsError):
    """`item` is what stands there instead (None: nothing does); `index` names the write of a transaction.

    `retried`: botocore had sent the write before without getting an answer, so what stands there may be our own.
    """

    outcome = "condition"

    def __init__(self, item: dict[str, Any] | None, *, index: int = 0, retried: bool = False) -> None:
        super().__init__("a conditional write found another state")
        self.item, self.index, self.retried = item, index, retried


def connect(session: boto3.Session, service: str, **options: Any) -> Any:
    """A boto3 client with our time limits and retries."""
    make: Callable[..., Any] = session.client
    return make(service, config=CONFIG, **options)


def error_for(error: ClientError | BotoCoreError, operation: str, *, write: bool = False) -> RemoteError:
    """The error to raise in its place, without its cause, which may quote what was sent."""
    if isinstance(error, ClientError):
        return _of_answer(error.response, operation, write=write)
    if isinstance(error, NoCredentialsError | SSOError | LoginError | InvalidConfigError):
        return Misconfigured(SYSTEM, f"there are no usable credentials for {operation} ({type(error).__name__})")
    never_sent = isinstance(error, EndpointConnectionError | ConnectTimeoutError)
    unknown = write and not never_sent
    silent = Unavailable(SYSTEM, f"no answer to {operation}: {type(error).__name__}", outcome_unknown=unknown)
    return untrusted(error, SYSTEM, OF_AWS) or silent


@contextmanager
def raising_ours(operation: str, *, write: bool = False) -> Iterator[None]:
    """What botocore raises in the block, as `error_for` says it."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise error_for(error, operation, write=write) from None


def _of_answer(response: Mapping[str, Any], operation: str, *, write: bool) -> RemoteError:
    code = str(response.get("Error", {}).get("Code", ""))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _BUSY or status == 429:
        return Unavailable(SYSTEM, f"{operation}: {code}")
    if code in _SETTINGS:
        return Misconfigured(SYSTEM, f"{operation}: {code}")
    if status >= 500:
        return Unavailable(SYSTEM, f"{operation}: {code or status}", outcome_unknown=write)
    return AwsError(f"{operation}: {code or status}")
