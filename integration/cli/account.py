"""Who calls AWS, where. `AWS_ENDPOINT_URL` counts as everywhere, so all of it also runs against the local plane."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoRegionError, ProfileNotFound

from integration.aws import errors as aws
from integration.cli.failure import Failure
from integration.security_ir import client as security_ir

if TYPE_CHECKING:
    from collections.abc import Mapping

LOG_IN = "Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or give --profile, and try again."
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_UNKNOWN = {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure"}


@dataclass(frozen=True)
class Account:
    session: boto3.Session
    account_id: str
    region: str
    arn: str
    _clients: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def client(self, service: str) -> Any:
        """Made once."""
        if service not in self._clients:
            self._clients[service] = aws.connect(self.session, service)
        return self._clients[service]

    @property
    def security_ir(self) -> security_ir.SecurityIr:
        return security_ir.SecurityIr(security_ir.connect(self.session))

    @property
    def environment(self) -> Mapping[str, str]:
        """For a child process that calls AWS as this session does: short-lived credentials, never an argument."""
        credentials = self.session.get_credentials()
        assert credentials is not None
        frozen = credentials.get_frozen_credentials()
        told = {
            "AWS_ACCESS_KEY_ID": frozen.access_key,
            "AWS_SECRET_ACCESS_KEY": frozen.secret_key,
            "AWS_SESSION_TOKEN": frozen.token,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }
        return {name: value for name, value in told.items() if value}


def open_account(profile: str | None, region: str | None) -> Account:
    """Raises `Failure` with what to do: no credentials, expired ones, no region, no such profile."""
    try:
        session = boto3.Session(profile_name=profile or None, region_name=region or None)
        session.client("security-ir").close()  # knows no default region, as STS does
        caller = aws.connect(session, "sts").get_caller_identity()
    except ProfileNotFound:
        raise Failure(f"There is no AWS profile {profile}.", "aws configure list-profiles") from None
    except NoRegionError:
        raise Failure("No AWS region is set.", "Give --region, or set AWS_REGION.") from None
    except (ClientError, BotoCoreError) as error:
        raise _identity_failure(error) from None
    return Account(session, str(caller["Account"]), session.region_name, str(caller["Arn"]))


def _identity_failure(error: ClientError | BotoCoreError) -> Failure:
    code = str(error.response.get("Error", {}).get("Code")) if isinstance(error, ClientError) else type(error).__name__
    if code in _EXPIRED:
        return Failure("The AWS credentials have expired.", LOG_IN)
    if code in _UNKNOWN:
        return Failure("AWS does not know these credentials.", LOG_IN)
    if isinstance(error, ClientError):
        return Failure(f"AWS does not say who we are: {code}.", LOG_IN)
    meant = aws.meaning(error, "get_caller_identity")
    if isinstance(meant, aws.Unavailable):
        raise meant
    return Failure(f"There are no usable AWS credentials ({code}).", LOG_IN)
