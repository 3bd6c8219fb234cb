"""The AWS session of the operator: account, region, identity, clients."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from integration.aws import errors as aws
from integration.clients.security_ir.client import SecurityIr, connect
from integration.operations.deployment.aws_sign_in import LOG_IN, sign_in_failure
from integration.operations.terminal.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

SOON_S = 15 * 60
"""A deployment takes most of it, and the CDK CLI cannot renew what it was started with."""


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
    def security_ir(self) -> SecurityIr:
        return self.security_ir_in(self.region)

    def security_ir_in(self, region: str) -> SecurityIr:
        return SecurityIr(connect(self.session, region_name=region))

    @property
    def ends_soon(self) -> bool:
        """Whether the credentials end within `SOON_S` and were not renewed; False where they do not tell."""
        credentials = self.session.get_credentials()
        needed = getattr(credentials, "refresh_needed", None)
        return bool(needed and needed(SOON_S))

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
    session = None
    try:
        session = boto3.Session(profile_name=profile or None, region_name=region or None)
        session.client("security-ir").close()  # knows no default region, as STS does
        caller = aws.connect(session, "sts").get_caller_identity()
    except (ClientError, BotoCoreError) as error:
        raise sign_in_failure(error, profile or _profile_of(session), region or _region_of(session)) from None
    except RuntimeError as error:  # botocore's own word for credentials that ended and whose renewal had ended, too
        if "expired" not in str(error):
            raise
        raise Failure("The AWS credentials have expired.", LOG_IN) from None
    return Account(session, str(caller["Account"]), session.region_name, str(caller["Arn"]))


def _profile_of(session: boto3.Session | None) -> str | None:
    """As the environment names it; none where the session could not be made."""
    name = session.profile_name if session else os.environ.get("AWS_PROFILE")
    return None if name == "default" else name


def _region_of(session: boto3.Session | None) -> str | None:
    return session.region_name if session else None
