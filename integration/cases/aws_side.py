"""Security IR behind the `Cases` port: snapshots out of the API's answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from integration.clients.errors import Unavailable
from integration.clients.security_ir.error_for import SYSTEM
from integration.model import Case, CaseAttachment, Comment, Investigation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from integration.cases.ports import Content
    from integration.clients.security_ir.client import SecurityIr
    from integration.model import Value

_TEXTS = ("title", "description", "engagementType", "closureCode", "pendingAction", "resolverType")
_DATES = ("reportedIncidentStartDate", "actualIncidentStartDate", "closedDate")
_LISTS = {
    "impactedAccounts": None,
    "impactedServices": None,
    "impactedAwsRegions": "region",
    "threatActorIpAddresses": "ipAddress",
    "watchers": "email",
}
"""List members of GetCase and, where an item is a structure, the member that names it."""


def session_of(role_arn: str, function: str) -> str:
    """What STS calls a function at work: the role without its path, and the function's name as the session's."""
    _, partition, _, _, account, role = role_arn.split(":", 5)
    return f"arn:{partition}:sts::{account}:assumed-role/{role.rpartition('/')[2]}/{function}"


class SecurityIrCases:
    """`sessions`: the ARNs under which this deployment's functions work (`session_of`)."""

    def __init__(self, client: SecurityIr, sessions: frozenset[str]) -> None:
        self._client, self._sessions = client, sessions
        self._team: tuple[str, ...] | None = None

    def own(self, creator: str) -> bool:
        """Account, role and session: who may assume any role may choose the name of the session."""
        return creator in self._sessions

    def read(self, case_id: str, *, investigations: bool = False, comments: bool = True) -> Case | None:
        answer = self._client.case(case_id)
        if answer is None:
            return None
        said = self._client.comments(case_id) if comments else None
        found = self._client.investigations(case_id) if investigations else []
        return _case(case_id, answer, said, found)

    def tags(self, arn: str) -> Mapping[str, str]:
        return self._client.tags(arn)

    def create(self, request: Mapping[str, Any], token: str) -> str:
        return self._client.create(_dated(request), token)

    def update(self, case_id: str, changes: Mapping[str, Any]) -> None:
        self._client.update(case_id, **_dated(changes))

    def set_status(self, case_id: str, status: str) -> None:
        self._client.set_status(case_id, status)

    def close(self, case_id: str) -> None:
        self._client.close(case_id)

    def response_team(self) -> Sequence[str]:
        """Of the active membership, since there is one per account and Region."""
        if self._team is None:
            found = [m for m in self._client.memberships() if m.get("membershipStatus") == "Active"]
            whole = [self._client.membership(str(m["membershipId"])) for m in found]
            members = (member for one in whole for member in one.get("incidentResponseTeam") or ())
            self._team = tuple(sorted({str(member["email"]).lower() for member in members if member.get("email")}))
        return self._team

    def comment(self, case_id: str, body: str, token: str) -> str:
        return self._client.comment(case_id, body, token)

    def upload(self, case_id: str, file_name: str, content: Content, size: int, token: str) -> None:
        self._client.upload(case_id, file_name, size, content.iter(), token)

    def download(self, case_id: str, attachment_id: str) -> AbstractContextManager[Content]:
        return self._client.download(case_id, attachment_id)


def _case(
    case_id: str, answer: Mapping[str, Any], comments: list[dict[str, Any]] | None, found: list[dict[str, Any]]
) -> Case:
    """Every member of GetCase is optional, but without status and ARN nothing can be decided."""
    if not answer.get("caseStatus") or not answer.get("caseArn"):
        raise Unavailable(SYSTEM, "GetCase answered without status or ARN")
    return Case(
        case_id=case_id,
        arn=str(answer["caseArn"]),
        status=str(answer["caseStatus"]),
        values=_values(answer),
        comments=tuple(_comment(item) for item in comments or ()),
        comments_read=comments is not None,
        attachments=tuple(_attachment(item) for item in answer.get("caseAttachments") or ()),
        investigations=tuple(_investigation(item) for item in found),
        updated=_moment(answer.get("lastUpdatedDate")),
        created=_moment(answer.get("createdDate")),
    )


def _values(answer: Mapping[str, Any]) -> dict[str, Value]:
    values: dict[str, Value] = {name: str(answer.get(name) or "") for name in _TEXTS}
    for name in _DATES:
        moment = _moment(answer.get(name))
        values[name] = moment.isoformat(timespec="seconds") if moment else ""
    for name, member in _LISTS.items():
        items = answer.get(name) or ()
        values[name] = tuple(sorted({str(item.get(member, "") if member else item) for item in items} - {""}))
    for item in answer.get("caseMetadata") or ():
        values[f"caseMetadata.{item.get('key', '')}"] = str(item.get("value", ""))
    return values


def _comment(item: Mapping[str, Any]) -> Comment:
    created = _moment(item.get("createdDate")) or datetime.fromtimestamp(0, UTC)
    return Comment(
        comment_id=str(item["commentId"]),
        body=str(item.get("body") or ""),
        creator=str(item.get("creator") or ""),
        created=created,
        updated=_moment(item.get("lastUpdatedDate")) or created,
        updated_by=str(item.get("lastUpdatedBy") or ""),
    )


def _attachment(item: Mapping[str, Any]) -> CaseAttachment:
    return CaseAttachment(
        attachment_id=str(item["attachmentId"]),
        file_name=str(item.get("fileName") or ""),
        status=str(item.get("attachmentStatus") or ""),
        creator=str(item.get("creator") or ""),
        created=_moment(item.get("createdDate")) or datetime.fromtimestamp(0, UTC),
    )


def _investigation(item: Mapping[str, Any]) -> Investigation:
    return Investigation(
        investigation_id=str(item["investigationId"]),
        action_type=str(item.get("actionType") or ""),
        title=str(item.get("title") or ""),
        content=str(item.get("content") or ""),
        status=str(item.get("status") or ""),
        updated=_moment(item.get("lastUpdated")) or datetime.fromtimestamp(0, UTC),
    )


def _moment(value: object) -> datetime | None:
    """boto3 gives datetimes; anything else is no date."""
    return value.astimezone(UTC) if isinstance(value, datetime) else None


def _dated(request: Mapping[str, Any]) -> dict[str, Any]:
    """Kept requests are JSON: their dates go back to what boto3 takes."""
    parse: Callable[[str], datetime] = datetime.fromisoformat
    return {k: parse(v) if k.endswith("Date") and isinstance(v, str) else v for k, v in request.items()}
