"""The local plane as the account of an operator, for what reads a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from integration.aws_plane.plane import ACCOUNT
from integration.operations.deployment.account import Account

if TYPE_CHECKING:
    import boto3

    from integration.aws_plane.plane import Plane


class PlaneSession:
    """Gives clients as a session of boto3 does; their time limits are the plane's."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    def client(self, service: str, **_: Any) -> Any:
        return self._plane.boto3_client(service)


def plane_account(plane: Plane) -> Account:
    session = cast("boto3.Session", PlaneSession(plane))
    return Account(session, ACCOUNT, plane.place.region, f"arn:aws:iam::{ACCOUNT}:user/operator")
