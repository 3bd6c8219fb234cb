"""The options of `service-now`, checked, and the settings that follow from them and from what is deployed."""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from integration.cases.declaration import CASES
from integration.changes.gate.addresses import Allowed, BadEntry
from integration.clients.errors import Misconfigured
from integration.clients.servicenow.http import instance_url
from integration.clients.servicenow.query import BadFilter, Query
from integration.module import Module
from integration.operations.deployment.key_file import KeyFile, read_key
from integration.operations.terminal.failure import Failure
from integration.operations.terminal.output import USAGE
from integration.registry import DEFAULT
from integration.workspaces.names import ACCOUNT
from mappers.mapping_file import load, to_json
from mappers.problem import MappingError
from servicenow_setup.errors import BadSetting
from servicenow_setup.settings import SetupSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from integration.names import Names
    from integration.operations.deployment.signing_key import SigningKey

LARGEST_SETTINGS = 8192
"""Characters an advanced SSM parameter holds."""
_ORGANISATION = ("qualifier", "permissions_boundary")
"""Nothing of these is never asked for: it is what an organisation demands."""
OWN_TAGS = ("Application", "Deployment")
OWN_DOMAIN = ".service-now.com"
_MAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_TOPIC = re.compile(r"arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}")
_TAG = re.compile(r"[^=\s][^=]{0,127}(=.{0,256})?")


def name_in(instance: str) -> str:
    """The id, also out of an address in ServiceNow's own domain; empty behind another."""
    if "://" not in instance:
        return instance.lower()
    host = urlsplit(instance).hostname or ""
    return host.removesuffix(OWN_DOMAIN) if host.endswith(OWN_DOMAIN) else ""


@dataclass(frozen=True)
class Request:
    """Everything that was asked for. The secret is in no text this object gives of itself."""

    names: Names
    instance: str
    client_id: str
    client_secret: str = field(repr=False)
    user_sys_id: str
    key: KeyFile | SigningKey | None
    """None: not given; `keyed` finds it."""
    module: Module
    signing_key: str = ""
    log_level: str = "error"
    incident_filter: str = ""
    case_tag: str = ""
    mapping: Mapping[str, Any] = field(default_factory=dict)
    max_attachment_mb: int | None = None
    allowed_ips: tuple[str, ...] = ()
    alarm_emails: tuple[str, ...] = ()
    alarm_topic: str = ""
    audience: str = ""
    new_cases_per_hour: int | None = None
    setup: str = "rest"
    log_policy: str = "group"
    tags: tuple[tuple[str, str], ...] = ()
    permissions_boundary: str = ""
    qualifier: str = ""
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    gate_answers_to: tuple[str, ...] = ()
    gate_allowed_ips: tuple[str, ...] = ()
    bucket_namespace: str = ACCOUNT
    restore_rules: bool = False
    weaken: bool = False
    integrations: tuple[str, ...] = DEFAULT
    """Keys; those that are deployed already stay."""
    given: frozenset[str] = frozenset()
    """Fields that were asked for; the others stay as they are deployed."""

    @property
    def instance_name(self) -> str:
        """Empty: unknown, so events of any name count."""
        return name_in(self.instance)

    def settings(self, former: Mapping[str, Any], instance_name: str, now: float) -> dict[str, Any]:
        """The parameter `settings`. `installed_at` is that of the first deployment; a key's name goes with the key."""
        asked: dict[str, Any] = {
            "installed_at": former.get("installed_at") or int(now),
            "mapping": json.loads(to_json(self.mapping)),
            "incident_filter": self.incident_filter,
            "case_tag": self.case_tag,
            "max_attachment_mb": self.max_attachment_mb,
            "instance_name": instance_name,
            "restore_rules": self.restore_rules,
            "audience": self.audience,
            "new_cases_per_hour": self.new_cases_per_hour,
            "key_id": self.key_id(former),
            "signing_key": self.signing_key,
            "gate_answers_to": list(self.gate_answers_to),
            "gate_allowed_ips": list(self.gate_allowed_ips),
            "bucket_namespace": self.bucket_namespace if self.bucket_namespace != ACCOUNT else "",
        }
        return {name: value for name, value in asked.items() if value not in (None, "", False, {}, [])}

    def key_id(self, former: Mapping[str, Any]) -> str:
        """The key's name, where `rotate-key` gave it one, or KMS keeps it."""
        own = self.signs.key_id
        return own if self.signing_key or former.get("key_id") == own else ""

    @property
    def signs(self) -> KeyFile | SigningKey:
        assert self.key is not None, "nobody asked for the key before it was found"
        return self.key

    def warnings(self) -> list[str]:
        """What is allowed and probably not meant."""
        said = []
        if CASES.key in self.integrations and self.module is Module.ITSM and not self.incident_filter:
            said.append(
                "without --incident-filter every new incident becomes a case, and cases cannot be deleted"
                " (more than 25 within an hour stop creation)"
            )
        if not (self.alarm_emails or self.alarm_topic):
            said.append("alarms have no receiver: give --alarm-email or --alarm-topic")
        if isinstance(self.key, KeyFile) and self.key.loose:
            said.append(f"{self.key.path} can be read by others on this machine: chmod 600 {self.key.path}")
        return said


def as_text(settings: Mapping[str, Any]) -> str:
    """As it is stored. Raises `Failure` where no parameter could hold it."""
    text = json.dumps(settings, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if len(text) > LARGEST_SETTINGS:
        raise Failure(f"The settings have {len(text)} characters, {LARGEST_SETTINGS} fit.", "Shorten the mapping file.")
    return text


def request_of(
    names: Names,
    instance_id: str,
    client_id: str,
    client_secret: str,
    user_sys_id: str,
    private_key_path: Path | None,
    integration_module: str,
    **options: Any,
) -> Request:
    """Raises `Failure` for what cannot be deployed, before anybody is asked. None, or nothing in a list: not given."""
    module = Module(integration_module)
    instance, client_id, user = identity_of(instance_id, client_id, user_sys_id)
    given = options_of(module, **options)
    key = read_key(private_key_path) if private_key_path else None
    return Request(
        names, instance, client_id, client_secret, user, key, module,
        given=frozenset(given), **given,
    )  # fmt: skip


def identity_of(instance_id: str, client_id: str, user_sys_id: str) -> tuple[str, str, str]:
    """The same three as they are stored, without what was pasted around them. Raises `Failure`."""
    instance = _instance(instance_id)
    if not re.fullmatch(r"[A-Za-z0-9]{1,32}", user_sys_id.strip()):
        raise Failure("--user-sys-id is at most 32 letters and digits.", "Copy the user's Sys ID.", USAGE)
    return instance, client_id.strip(), user_sys_id.strip()


def options_of(
    module: Module,
    *,
    mapping_file: Path | None = None,
    no_mapping_file: bool = False,
    allowed_ips: Sequence[str] = (),
    gate_answers_to: Sequence[str] = (),
    gate_allowed_ips: Sequence[str] = (),
    tags: Sequence[str] = (),
    subnets: Sequence[str] = (),
    security_groups: Sequence[str] = (),
    no_tags: bool = False,
    no_subnets: bool = False,
    no_permissions_boundary: bool = False,
    no_allowed_ips: bool = False,
    alarm_email: Sequence[str] = (),
    no_alarm_email: bool = False,
    **more: Any,
) -> dict[str, Any]:
    """Field of `Request` → value, of what was given. Raises `Failure`."""
    given = {name: value for name, value in more.items() if value is not None and (value or name not in _ORGANISATION)}
    if mapping_file or no_mapping_file:
        given["mapping"] = _mapping(mapping_file, module)
    if allowed_ips or no_allowed_ips:
        given["allowed_ips"] = tuple(_network("--allowed-ips", each) for each in _listed(allowed_ips))
    if gate_allowed_ips:
        given["gate_allowed_ips"] = tuple(_network("--gate-allowed-ips", each) for each in _listed(gate_allowed_ips))
    if gate_answers_to:
        given["gate_answers_to"] = _answered_hosts(_listed(gate_answers_to))
    if alarm_email or no_alarm_email:
        given["alarm_emails"] = mail_addresses(alarm_email)
    if given.get("case_tag") and not _TAG.fullmatch(given["case_tag"]):
        raise Failure("--case-tag is a tag's key, or key=value.", "--case-tag servicenow=yes", USAGE)
    if given.get("alarm_topic") and not _TOPIC.fullmatch(given["alarm_topic"]):
        raise Failure("--alarm-topic is no ARN of an SNS topic.", "aws sns list-topics", USAGE)
    _check_filter(given.get("incident_filter") or "")
    given |= {name: value for name, value in guardrails(tags, subnets, security_groups).items() if value}
    given |= _taken_away(given, no_tags=no_tags, no_subnets=no_subnets, no_boundary=no_permissions_boundary)
    return given


def _taken_away(given: Mapping[str, Any], *, no_tags: bool, no_subnets: bool, no_boundary: bool) -> dict[str, Any]:
    """Of what an organisation demanded once. Raises `Failure` where the same run also asks for it."""
    words: dict[str, tuple[bool, dict[str, Any]]] = {
        "--no-tags": (no_tags, {"tags": ()}),
        "--no-subnets": (no_subnets, {"subnets": (), "security_groups": ()}),
        "--no-permissions-boundary": (no_boundary, {"permissions_boundary": ""}),
    }
    gone = {name: value for said, fields in words.values() if said for name, value in fields.items()}
    if both := sorted(gone.keys() & given.keys()):
        raise Failure(f"{both[0].replace('_', ' ')}: given and taken away at once.", "Leave one of both out.", USAGE)
    return gone


def _listed(given: Sequence[str]) -> list[str]:
    """Repeated or separated by commas, each once."""
    return list(dict.fromkeys(one.strip() for each in given for one in each.split(",") if one.strip()))


def _instance(text: str) -> str:
    """An id or a base URL, also out of an address pasted from the browser."""
    text = text.strip()
    if "://" in text or "." in text:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        text = f"{parts.scheme}://{parts.netloc}"
    try:
        instance_url(text)
    except Misconfigured as error:
        raise Failure(
            f"--instance-id: {error.reason}.", "Give its first label, as dev12345, or its base URL.", USAGE
        ) from None
    return text


def guardrails(tags: Sequence[str], subnets: Sequence[str], security_groups: Sequence[str]) -> dict[str, Any]:
    """As `Request` has them. Raises `Failure`."""
    asked = {"subnets": tuple(_listed(subnets)), "security_groups": tuple(_listed(security_groups))}
    for name, prefix in (("subnets", "subnet-"), ("security_groups", "sg-")):
        if wrong := [each for each in asked[name] if not re.fullmatch(prefix + "([0-9a-f]{8}|[0-9a-f]{17})", each)]:
            option = "--" + name.replace("_", "-")
            raise Failure(f"{option}: {wrong[0]} is no id.", f"{option} {prefix}0123456789abcdef0", USAGE)
    if bool(asked["subnets"]) != bool(asked["security_groups"]):
        raise Failure("Functions in a VPC need --subnets and --security-groups, both.", code=USAGE)
    return asked | {"tags": tuple(map(_tag, tags))}


def _tag(text: str) -> tuple[str, str]:
    """Source: AWS General Reference, "Tag naming limits and requirements"."""
    key, equals, value = text.partition("=")
    if not equals or not _TAG.fullmatch(text) or key.lower().startswith("aws:") or key in OWN_TAGS:
        raise Failure(
            f"--tag {text}: a tag is key=value, and {' and '.join(OWN_TAGS)} are ours.", "--tag team=soc", USAGE
        )
    return key, value


def _check_filter(encoded: str) -> None:
    """By the clients' own judge and by the set-up's: what either refuses would fail a deployment half-way."""
    try:
        Query().filtered_by(encoded)
        SetupSettings(
            prefix="p", owner="o", table="t", webhook_url="https://e/", user_sys_id="u", incident_filter=encoded
        )
    except (BadFilter, BadSetting) as error:
        raise Failure(f"--incident-filter: {error}.", "Copy the query from a list in ServiceNow.", USAGE) from None


def mail_addresses(given: Sequence[str]) -> tuple[str, ...]:
    """Raises `Failure`."""
    return tuple(_address(each) for each in _listed(given))


def _address(text: str) -> str:
    if not _MAIL.fullmatch(text):
        raise Failure(f"--alarm-email: {text} is no mail address.", "--alarm-email soc@example.com", USAGE)
    return text


def _mapping(path: Path | None, module: Module) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return load(path, module)
    except OSError as error:
        raise Failure(f"--mapping-file {path} cannot be read: {error.strerror}.", code=USAGE) from None
    except MappingError as error:
        raise Failure(f"{path} cannot be used:\n{error}", "Mend it; docs/mapping.md shows every key.", USAGE) from None


def _network(option: str, text: str) -> str:
    try:
        return str(ipaddress.ip_network(text.strip()))
    except ValueError as error:
        raise Failure(f"{option}: {error}.", f"{option} 198.51.100.0/24", USAGE) from None


def _answered_hosts(hosts: Sequence[str]) -> tuple[str, ...]:
    try:
        return Allowed(tuple(hosts)).entries
    except BadEntry as error:
        raise Failure(f"--gate-answers-to: {error}.", "--gate-answers-to api.github.com", USAGE) from None
