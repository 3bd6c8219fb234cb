"""AssumeRole: credentials of a role for a while, whose session policy narrows what the role may.

Source: STS API reference, "AssumeRole"; IAM user guide, "Session policies" and "Roles terms and concepts" (chaining).
"""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from integration.aws_plane import error_shapes
from integration.aws_plane.iam import Principal, UnknownPolicy, statements

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integration.aws_plane.calls import Call
    from integration.aws_plane.gateway import Caller, Handler
    from integration.aws_plane.http_server import Request, Response
    from integration.aws_plane.iam import Role, Statement

LONGEST_POLICY = 2048
SHORTEST_S, LONGEST_S = 900, 3600
"""An hour is the most of a chained session, and the default of any."""
_NAME = re.compile(r"[\w+=,.@-]{2,64}")


@dataclass
class Sessions:
    """`roles` are the template's, by ARN; `callers` gain a key for each session, and lose it when it is long over."""

    account: str
    roles: Mapping[str, Role]
    callers: dict[str, Caller]
    now: Callable[[], float]
    otherwise: Handler
    """Of roles that no stack made: they are the bootstrap's, and the operator's alone."""

    def answer(self, call: Call, caller: Caller, request: Request) -> Response:
        """The caller's own right to AssumeRole was judged before."""
        asked = call.parameters
        role = self.roles.get(asked.get("RoleArn", ""))
        if role is None and caller.role is None:
            return self.otherwise(call, caller, request)
        if role is None or not self._trusted(role, caller):
            return error_shapes.denied(
                "sts", caller.principal, "sts:AssumeRole", asked.get("RoleArn", ""), explicit=False
            )
        if wrong := _invalid(asked):
            return error_shapes.error("sts", 400, "ValidationError", wrong)
        try:
            policy = _policy(asked)
        except (ValueError, AttributeError, KeyError, TypeError) as error:
            return error_shapes.error("sts", 400, "MalformedPolicyDocument", str(error))
        return self._given(role, policy, caller, asked)

    def _trusted(self, role: Role, caller: Caller) -> bool:
        """By name, or because the account is trusted, as far as the conditions say."""
        root = f"arn:aws:iam::{self.account}:root"
        own = caller.role.arn if caller.role else root
        who, told = Principal("AWS", (own, root, self.account, caller.principal)), {"aws:PrincipalArn": own}
        concerned = [s for s in role.trust if s.names(who) and s.concerns("sts:AssumeRole", role.arn, told)]
        return any(s.allow for s in concerned) and all(s.allow for s in concerned)

    def _given(self, role: Role, policy: list[Statement] | None, caller: Caller, asked: Mapping[str, str]) -> Response:
        lasts_s = int(asked.get("DurationSeconds", LONGEST_S))
        key, secret, token = f"ASIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30), secrets.token_urlsafe(60)
        until, name = self.now() + lasts_s, asked["RoleSessionName"]
        arn = f"arn:aws:sts::{self.account}:assumed-role/{role.name}/{name}"
        self._forget()
        self.callers[key] = replace(
            caller, secret=secret, principal=arn, role=replace(role, session=policy), token=token, until=until
        )
        ends = datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        inner = (
            f"<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>"
            f"<SessionToken>{token}</SessionToken><Expiration>{ends}</Expiration></Credentials>"
            f"<AssumedRoleUser><Arn>{arn}</Arn><AssumedRoleId>AROA{role.name}:{name}</AssumedRoleId></AssumedRoleUser>"
        )
        return error_shapes.query_answer("AssumeRole", inner)

    def _forget(self) -> None:
        """An hour after its end a key is unknown instead of expired."""
        for key in [k for k, c in list(self.callers.items()) if c.until and c.until + LONGEST_S < self.now()]:
            self.callers.pop(key, None)


def _invalid(asked: Mapping[str, str]) -> str:
    seconds = asked.get("DurationSeconds", str(LONGEST_S))
    if not _NAME.fullmatch(asked.get("RoleSessionName", "")):
        return r"Value at 'roleSessionName' failed to satisfy constraint: Member must match [\w+=,.@-]{2,64}"
    if not seconds.isdigit() or not SHORTEST_S <= int(seconds) <= LONGEST_S:
        return (
            f"The requested DurationSeconds is not between {SHORTEST_S} and {LONGEST_S}, the limit for roles assumed "
            "by role chaining."
        )
    if len(asked.get("Policy", "")) > LONGEST_POLICY:
        return f"Value at 'policy' failed to satisfy constraint: Member must have length at most {LONGEST_POLICY}"
    if any(name.startswith("PolicyArns.") for name in asked):
        return "the local plane takes an inline session policy only, no PolicyArns"
    return ""


def _policy(asked: Mapping[str, str]) -> list[Statement] | None:
    """None where the role's own rights hold. Raises ValueError, KeyError, TypeError or AttributeError."""
    if "Policy" not in asked:
        return None
    found = statements(json.loads(asked["Policy"]), "session")
    if any(s.principals is not None for s in found):
        raise UnknownPolicy("a session policy names no Principal")
    return found
