"""Both APIs of workspaces over the twins: what machines and people send, as API Gateway would hand it over."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from integration.aws.telemetry import Telemetry
from integration.workspaces import links
from integration.workspaces.api import MachineApi
from integration.workspaces.names import LOG_KEYS, METRICS
from integration.workspaces.people import PeopleApi
from integration.workspaces.ports import File, Form
from tests.fakes.workspaces import POLICY, System

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration.workspaces.model import Member, Policy, Row
    from integration.workspaces.ports import Buckets, Files

KEY, SECRET, PAGE = "k" * 40, "signing secret", "https://api.example/prod/w"


@dataclass
class MemoryFiles:
    """Files of the twin's buckets. An upload goes to `<base>/upload/<bucket>`, signed by nothing."""

    system: System
    base: str = "https://files.example"
    arrived: dict[tuple[str, str], float] = field(default_factory=dict)

    def upload(self, bucket: str, key: str, size: int, content_type: str) -> Form:
        fields = {"key": key, "Content-Type": content_type, "x-size": str(size)}
        return Form(f"{self.base}/upload/{bucket}", fields)

    def land(self, bucket: str, key: str, content: bytes) -> bool:
        self.arrived[bucket, key] = self.system.now
        return self.system.buckets.put(bucket, key, content)

    def download(self, bucket: str, key: str) -> str:
        return f"{self.base}/download/{bucket}/{key.encode().hex()}"

    def listed(self, bucket: str) -> tuple[list[File], bool]:
        held = self.system.buckets.current(bucket)
        return [File(key, len(held[key]), self.arrived.get((bucket, key), 0)) for key in sorted(held)], False

    def remove(self, bucket: str, key: str) -> None:
        self.system.buckets.remove(bucket, key)

    def restore(self, bucket: str, key: str) -> bool:
        stands = self.system.buckets.buckets[bucket]
        of_key = [each for each in stands.versions if each[0].key == key]
        if not of_key or not of_key[-1][0].version.startswith("m"):
            return False
        stands.versions.remove(of_key[-1])
        version, content = of_key[-2]
        stands.versions.remove(of_key[-2])
        self.system.buckets.land(bucket, version.key, content)
        return True


class Edge:
    """`origin`: where files go. `store`: another than the twin's, in another region, and what signs for it."""

    def __init__(
        self,
        policy: Policy = POLICY,
        page: str = PAGE,
        origin: str = "https://files.example",
        store: tuple[Buckets, Files] | None = None,
    ) -> None:
        self.page, self.log = page, io.StringIO()
        self.system = System(policy=policy, regional=store is None)
        self.files = MemoryFiles(self.system, origin)
        buckets, files = store or (self.system.buckets, self.files)
        settings = replace(self.system.reconciler.settings, link=self.link)
        core = self.system.reconciler = replace(self.system.reconciler, settings=settings, buckets=buckets)
        self.woken: list[str] = []
        telemetry = Telemetry("edge", "test", "info", self.log, metrics=METRICS, log_keys=LOG_KEYS)
        self.machines = MachineApi(core, lambda: KEY, self.woken.extend, telemetry)
        self.people = PeopleApi(core, files, lambda: SECRET, lambda: origin, self.woken.extend, telemetry)

    def link(self, row: Row, member: Member) -> str:
        return links.link(SECRET, self.page, row, member)

    def renew(self, workspace: str) -> None:
        self.system.records.renew(workspace, links.renewed(self.system.row(workspace)))

    # ---- what is sent
    def machine(self, method: str, path: str, body: Any = None, **more: Any) -> Said:
        return said(self.machines.answer(event(method, path, body, {"X-Api-Key": KEY}, **more)))

    def person(self, method: str, path: str, body: Any = None, token: str = "", **more: Any) -> Said:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return said(self.people.answer(event(method, path, body, headers, **more)))

    def made(self, name: str = "ada", **more: Any) -> dict[str, Any]:
        answer = self.machine("POST", "/workspaces", {"username": name, **more})
        assert answer.status in {200, 201}, answer
        return answer.body

    def token(self, link: str) -> str:
        answer = self.person("POST", "/w/session", {"link": link})
        assert answer.status == 200, answer
        return str(answer.body["token"])

    def signed_in(self, name: str = "ada", **more: Any) -> tuple[str, str]:
        """The workspace's id and a bearer."""
        made = self.made(name, **more)
        return made["workspace_id"], self.token(made["link"])

    def put(self, token: str, name: str, content: bytes = b"text") -> Said:
        """Reserve, and upload to what was answered."""
        answer = self.person("POST", "/w/uploads", {"name": name, "size": len(content), "type": "text/plain"}, token)
        if answer.status == 200:
            self.files.land(answer.body["url"].rpartition("/")[2], answer.body["fields"]["key"], content)
        return answer


@dataclass(frozen=True)
class Said:
    status: int
    body: Any
    headers: Mapping[str, str]


def said(answer: Mapping[str, Any]) -> Said:
    json_ = answer["headers"]["Content-Type"] == "application/json"
    return Said(answer["statusCode"], json.loads(answer["body"]) if json_ else answer["body"], answer["headers"])


def event(
    method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    """`body`: a text goes as it is, anything else as JSON. `query` and `raw` overwrite what API Gateway would say."""
    given = {"Content-Type": "application/json"} if body is not None else {}
    return {
        "httpMethod": method,
        "path": path,
        "headers": {**given, **(headers or {}), **more.get("headers_too", {})},
        "queryStringParameters": more.get("query"),
        "body": body if body is None or isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": False,
        **more.get("raw", {}),
    }
