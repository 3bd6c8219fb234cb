"""AWS Security Incident Response: every call the integrations make, with pages read to the end and typed failures.

Answers are the API's own dictionaries without `ResponseMetadata`. No operation has filters or a documented order.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import requests
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from integration.clients.errors import Missing, Refused, Unavailable
from integration.clients.measured import OnCall, measured
from integration.clients.security_ir import stream
from integration.clients.security_ir.error_for import SYSTEM, changes, error_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import boto3

    from integration.clients.stream import Content

CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=5,
    read_timeout=30,
    user_agent_extra="aws-servicenow-integrations",
)
PAGE = 25
"""The service's largest page."""
TELLING: dict[str, set[str]] = {
    "CreateCase": {"caseId"},
    "GetCase": {"caseStatus"},
    "ListCases": {"items", "total"},
    "UpdateCaseStatus": {"caseStatus"},
    "CloseCase": {"caseStatus"},
    "CreateCaseComment": {"commentId"},
    "ListComments": {"items", "total"},
    "ListCaseEdits": {"items", "total"},
    "ListInvestigations": {"investigationActions"},
    "ListMemberships": {"items"},
    "ListTagsForResource": {"tags"},
    "GetCaseAttachmentUploadUrl": {"attachmentPresignedUrl"},
    "GetCaseAttachmentDownloadUrl": {"attachmentPresignedUrl"},
}
"""Members of which a whole answer has at least one: botocore takes a body that is no JSON for one without members."""
Shape = dict[str, Any]
_T = TypeVar("_T")


@dataclass(frozen=True)
class Some:
    """Part of a list. `more`: the token of what follows; `anew`: the one given was not taken, so these begin it."""

    items: list[Shape] = field(default_factory=list)
    more: str = ""
    anew: bool = False


def connect(session: boto3.Session, **options: Any) -> Any:
    """The boto3 client with our time limits and retries. Its endpoint is https://security-ir.{region}.api.aws."""
    return session.client("security-ir", config=CONFIG, **options)


class SecurityIr:
    """`client`: what `connect` gives. Every method raises `RemoteError`.

    botocore repeats a failed call up to twice. That is safe for calls with a token, and for the others because they
    set a state; where a repeat is refused since the first one took effect, the case is looked at.
    """

    def __init__(self, client: Any, http: requests.Session | None = None, on_call: OnCall | None = None) -> None:
        self._client, self._http, self._on_call = client, http or requests.Session(), on_call

    def case(self, case_id: str) -> Shape | None:
        """GetCase; None: there is no such case. The answer holds neither its id, nor comments, nor tags."""
        try:
            return self._call("GetCase", caseId=case_id)
        except Missing:
            return None

    def cases(self) -> Iterator[Shape]:
        """Every case of the account, closed ones too, 25 a call."""
        return self._all("ListCases", "items", "caseId")

    def some_cases(self, at: str, pages: int) -> Some:
        """So many pages from there on, closed cases too; from the first where `at` is empty or not taken any more."""
        seen: set[str] = set()
        found, token, anew = Some(), at, False
        for _ in range(pages):
            try:
                page = self._page("ListCases", token)
            except Refused:
                if anew or not token:
                    raise
                anew, found, token = True, Some(), ""
                seen.clear()
                page = self._page("ListCases", token)
            token = str(page.get("nextToken") or "")
            found = Some([*found.items, *_new(page.get("items") or [], "caseId", seen)], token, anew)
            if not token:
                break
        return found

    def comments(self, case_id: str) -> list[Shape]:
        return list(self._all("ListComments", "items", "commentId", caseId=case_id))

    def edits(self, case_id: str) -> list[Shape]:
        return list(self._all("ListCaseEdits", "items", "", caseId=case_id))

    def investigations(self, case_id: str) -> list[Shape]:
        return list(self._all("ListInvestigations", "investigationActions", "investigationId", caseId=case_id))

    def memberships(self) -> list[Shape]:
        return list(self._all("ListMemberships", "items", "membershipId"))

    def membership(self, membership_id: str) -> Shape:
        """GetMembership, with the incident response team."""
        return self._call("GetMembership", membershipId=membership_id)

    def tags(self, arn: str) -> dict[str, str]:
        """Raises `Missing`."""
        return dict(self._call("ListTagsForResource", resourceArn=arn)["tags"])

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        self._call("TagResource", resourceArn=arn, tags=dict(tags))

    def create(self, request: Mapping[str, Any], token: str) -> str:
        """The new case's id; the same request with the same token gives the same case."""
        return str(self._call("CreateCase", **request, clientToken=token)["caseId"])

    def update(self, case_id: str, **fields: Any) -> None:
        """UpdateCase; lists are changed with `…ToAdd` and `…ToDelete`."""
        self._call("UpdateCase", caseId=case_id, **fields)

    def set_status(self, case_id: str, status: str) -> str:
        """One legal transition; the status the case then has."""
        try:
            return str(self._call("UpdateCaseStatus", caseId=case_id, caseStatus=status)["caseStatus"])
        except Refused as refusal:
            return self._status_after(refusal, case_id, status)

    def close(self, case_id: str) -> str:
        """Final: a closed case cannot be opened again. The status the case then has."""
        try:
            return str(self._call("CloseCase", caseId=case_id)["caseStatus"])
        except Refused as refusal:
            return self._status_after(refusal, case_id, "Closed")

    def comment(self, case_id: str, body: str, token: str) -> str:
        """The comment's id; 1 to 12,000 characters. The same body with the same token gives the same comment."""
        return str(self._call("CreateCaseComment", caseId=case_id, body=body, clientToken=token)["commentId"])

    def edit_comment(self, case_id: str, comment_id: str, body: str) -> None:
        self._call("UpdateCaseComment", caseId=case_id, commentId=comment_id, body=body)

    def upload(self, case_id: str, file_name: str, size: int, chunks: Iterable[bytes], token: str) -> None:
        """Streamed, 1 byte to 100 MiB, whole or not at all. A name the case has already is `Refused`.

        The attachment's id is not told: it is found by its name in the case. What `chunks` raises passes through.
        """
        asked = {"caseId": case_id, "fileName": file_name, "contentLength": size, "clientToken": token}
        address = str(self._call("GetCaseAttachmentUploadUrl", **asked)["attachmentPresignedUrl"])
        self._measured("PutAttachment", lambda: stream.put(self._http, address, chunks, size))

    @contextmanager
    def download(self, case_id: str, attachment_id: str) -> Iterator[Content]:
        """`Refused` while the malware scan is pending; `Missing` for an unknown attachment."""
        answer = self._call("GetCaseAttachmentDownloadUrl", caseId=case_id, attachmentId=attachment_id)
        with stream.get(self._http, str(answer["attachmentPresignedUrl"])) as content:
            yield content

    def _status_after(self, refusal: Refused, case_id: str, wanted: str) -> str:
        """The wanted status if the case has it: an attempt of ours whose answer was lost did it."""
        case = None if isinstance(refusal, Missing) else self.case(case_id)
        if case and case.get("caseStatus") == wanted:
            return wanted
        raise refusal

    def _all(self, operation: str, key: str, identity: str, **asked: Any) -> Iterator[Shape]:
        """Each item once, though pages shift; a token that is no longer taken starts the reading over, once."""
        seen: set[str] = set()
        restarted, token = False, ""
        while True:
            try:
                page = self._page(operation, token, **asked)
            except Refused as error:
                if error.code != "InvalidTokenException":
                    raise
                if restarted:
                    raise Unavailable(SYSTEM, f"{operation} does not take its own page tokens") from error
                restarted, token = True, ""
                continue
            yield from _new(page.get(key) or [], identity, seen)
            token = str(page.get("nextToken") or "")
            if not token:
                return

    def _page(self, operation: str, token: str, **asked: Any) -> Shape:
        return self._call(operation, **asked, maxResults=PAGE, **({"nextToken": token} if token else {}))

    def _call(self, operation: str, **asked: Any) -> Shape:
        return self._measured(operation, lambda: self._sent(operation, asked))

    def _sent(self, operation: str, asked: Mapping[str, Any]) -> Shape:
        try:
            answer: Shape = getattr(self._client, xform_name(operation))(**asked)
        except (ClientError, BotoCoreError) as error:
            raise error_for(error, operation) from None  # the cause quotes what was sent
        if not _whole(operation, answer, answer.pop("ResponseMetadata", {})):
            raise Unavailable(SYSTEM, f"the answer to {operation} is not whole", outcome_unknown=changes(operation))
        return answer

    def _measured(self, operation: str, work: Callable[[], _T]) -> _T:
        return measured(self._on_call, SYSTEM, operation, "", work)


def _whole(operation: str, answer: Shape, transport: Shape) -> bool:
    """A page in place of an answer is none, and some members are always there."""
    page = "html" in str(transport.get("HTTPHeaders", {}).get("content-type", "")).lower()
    return not page and (operation not in TELLING or bool(TELLING[operation] & answer.keys()))


def _new(items: Iterable[Shape], identity: str, seen: set[str]) -> Iterator[Shape]:
    """Those not seen before; edits have no id, so the whole of one stands for it."""
    for item in items:
        key = str(item[identity] if identity else sorted(item.items()))
        if key not in seen:
            seen.add(key)
            yield item
