"""The whole system on this machine: both emulators, the AWS plane from the templates, all functions.

`with start("itsm") as running:` is what the command `local` and the end-to-end tests use. What it deploys, it deploys
as the command line does on AWS: state first, then secret and key, then the rest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from integration import names as n
from integration.aws_plane.plane import ACCOUNT, Plane
from integration.aws_plane.template import Template
from integration.constants import NEW_CASES_PER_HOUR
from integration.declaration import roles_of, setup_parts
from integration.emulators.security_ir.jobs import SECRET_VARIABLE
from integration.emulators.servicenow.staff import Staff
from integration.module import Module
from integration.names import Names
from integration.operations.cases.people import People
from integration.operations.declaration import load
from integration.operations.local.credentials import Credentials, new_key_pair, new_secret
from integration.operations.local.templates import synthesised
from integration.operations.registry import chosen
from integration.registry import DEFAULT, with_connection
from servicenow_setup.roles import Way, documented_roles, roles, roles_of_parts

if TYPE_CHECKING:
    from pathlib import Path

    from integration.aws_plane.child import Child

INTEGRATION_USER = "aws_integration"
CLIENT_ID = "local-client"
Tell = Callable[[str, float], None]
"""(what is being done, how much of all is done, 0 to 1)"""


@dataclass(frozen=True)
class Elsewhere:
    """Systems that are not emulated: URLs, empty where they are, and the credentials for that ServiceNow."""

    security_ir_url: str = ""
    servicenow_url: str = ""
    credentials: Credentials | None = None


@dataclass(frozen=True)
class Options:
    """`settings`: the JSON object of the parameter `settings`; `documented_roles` gives the integration user what the
    published specification lists instead of the smallest set; `time_scale` shortens schedules.
    """

    module: Module = Module.ITSM
    integrations: tuple[str, ...] = DEFAULT
    """Keys of what is started besides the connection."""
    name: str = ""
    port: int = 0
    log_level: str = "info"
    setup: str = "rest"
    settings: Mapping[str, Any] = field(default_factory=dict)
    elsewhere: Elsewhere = Elsewhere()
    documented_roles: bool = False
    time_scale: float = 1.0
    instance: Mapping[str, Any] = field(default_factory=dict)
    """Switches of the emulated instance, set before anything is deployed (docs/emulators/servicenow.md)."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables every function gets besides those of the template; for tests of the functions' own limits."""
    folder: Path | None = None
    deploy: bool = True
    """Off: an account after `cdk bootstrap` and an instance that knows us, for whoever deploys by command line."""


@dataclass
class LocalSystem:
    """Admin URLs are empty where a system is not emulated."""

    plane: Plane
    names: Names
    module: Module
    security_ir_url: str
    security_ir_admin: str
    servicenow_url: str
    servicenow_admin: str
    credentials: Credentials
    integrations: tuple[str, ...] = DEFAULT
    beside: Mapping[str, Child] = field(default_factory=dict)
    """Emulators of what integrations meet besides, by their names."""

    @property
    def user_sys_id(self) -> str:
        return self.credentials.user_sys_id

    @property
    def webhook_url(self) -> str:
        url: str = self.plane.stack(self.names.servicenow_stack).outputs[n.OUTPUT_WEBHOOK]
        return url

    def people(self) -> People:
        """The people on both sides, and beside."""
        people = People(self.security_ir_admin, self.servicenow_admin, self.module.table, self.plane.quiet)
        people.running = self
        there = [each.beside for each in chosen(self.integrations) if each.beside]
        people.beside = {each.emulator: load(each.people)(self) for each in there if each.emulator in self.beside}
        return people

    def resting(self) -> bool:
        """Whether no rule, webhook, native event, message or function is under way. What failed and waits for its
        visibility to end does not count.
        """
        return self._looking.resting()

    def still(self) -> bool:
        """Whether all is at rest at once: none had begun anything when the last had told."""
        if not self.plane.quiet():  # which costs next to nothing while it works
            return False
        before = self._begun()
        return self.resting() and self._begun() == before

    def _begun(self) -> tuple[dict[str, int], int]:
        return self._looking.calls(), self.plane.begun()

    @cached_property
    def _looking(self) -> People:
        return self.people()

    def as_json(self) -> dict[str, Any]:
        return {
            "module": self.module.value,
            "servicenow": self.servicenow_url,
            "servicenow_admin": self.servicenow_admin,
            "security_ir": self.security_ir_url,
            "security_ir_admin": self.security_ir_admin,
            "aws": self.plane.aws_url,
            "webhook": self.plane.webhook_url,
            **{name: child.ready["url"] for name, child in self.beside.items()},
        }

    def forward(self, seconds: float) -> None:
        """Set the clock of everything forward; what falls due by then begins at once."""
        self.plane.forward(seconds)
        if self.security_ir_admin:  # its jobs sleep until what it knows of is due
            self._looking.security_ir.send("POST", "clock", json={"advance_s": 0})


@contextmanager
def start(options: Options | None = None, tell: Tell = lambda _what, _done: None) -> Iterator[LocalSystem]:
    """Raises OSError where the port is taken, ChildFailed, SynthesisFailed, DeploymentFailed; leaves nothing behind."""
    wanted = options or Options()
    with ExitStack() as left:
        tell("Starting the AWS plane", 0.0)
        plane = left.enter_context(
            Plane(
                port=wanted.port, folder=wanted.folder, time_scale=wanted.time_scale,
                extra_environment=wanted.environment,
            )
        )  # fmt: skip
        running, templates = _prepared(wanted, plane, left, tell)
        plane.cloudformation.bootstrap()
        if wanted.deploy:
            _deploy(running, wanted, templates, tell)
            tell("Warming the functions", 0.95)
            plane.warm()
        tell("Ready", 1.0)
        yield running


@contextmanager
def joined(first: LocalSystem, wanted: Options) -> Iterator[LocalSystem]:
    """A second deployment in the account of `first`, with an instance of its own; `wanted.name` tells them apart."""
    with ExitStack() as left:
        url, admin = _addresses(_started(first.plane, "servicenow", [], left), "")
        running = LocalSystem(
            first.plane, Names(wanted.name), wanted.module, first.security_ir_url, first.security_ir_admin, url, admin,
            _registered(admin, wanted), wanted.integrations,
        )  # fmt: skip
        _deploy(running, wanted, _templates(wanted, _own_name(admin)), lambda _what, _done: None)
        yield running


def _prepared(wanted: Options, plane: Plane, left: ExitStack, tell: Tell) -> tuple[LocalSystem, list[Template]]:
    """The emulators start while the templates are synthesised."""
    tell("Starting the emulators, synthesising the templates", 0.1)
    elsewhere = wanted.elsewhere
    arguments = ["--events-url", plane.aws_url, "--account", ACCOUNT, "--region", plane.place.region]
    signing = {SECRET_VARIABLE: plane.service_secret}
    security_ir = None if elsewhere.security_ir_url else _started(plane, "security_ir", arguments, left, signing)
    servicenow = None if elsewhere.servicenow_url else _started(plane, "servicenow", [], left)
    security_ir_url, security_ir_admin = _addresses(security_ir, elsewhere.security_ir_url)
    servicenow_url, servicenow_admin = _addresses(servicenow, elsewhere.servicenow_url)
    beside, told = _beside(wanted, plane, left)
    templates = _templates(wanted, {**told, **_own_name(servicenow_admin)}) if wanted.deploy else []
    plane.use_security_ir(security_ir_url)
    if wanted.instance:
        Staff(servicenow_admin, "ServiceNow").send("PATCH", "config", json=wanted.instance)
    credentials = elsewhere.credentials
    if credentials is None:
        tell("Registering the integration in ServiceNow", 0.35)
        credentials = _registered(servicenow_admin, wanted)
    running = LocalSystem(
        plane, Names(wanted.name), wanted.module, security_ir_url, security_ir_admin, servicenow_url, servicenow_admin,
        credentials, wanted.integrations, beside,
    )  # fmt: skip
    return running, templates


def _beside(wanted: Options, plane: Plane, left: ExitStack) -> tuple[dict[str, Child], dict[str, Any]]:
    """What is started besides, and what a deployment is told of it."""
    there = [each.beside for each in chosen(wanted.integrations) if each.beside]
    started = {each.emulator: _started(plane, each.emulator, [], left) for each in there}
    told: dict[str, Any] = {}
    for each in there:
        url = started[each.emulator].ready["url"]
        plane.use(url, each.services)
        told |= each.settings(url)
    return started, told


def _started(
    plane: Plane, emulator: str, arguments: list[str], left: ExitStack, environment: Mapping[str, str] | None = None
) -> Child:
    module = f"integration.emulators.{emulator}"
    child = plane.child(module, environment, ["--port", "0", "--attached", *arguments])
    left.callback(child.stop)
    return child


def _addresses(emulator: Child | None, elsewhere: str) -> tuple[str, str]:
    """URL and admin URL."""
    return (elsewhere.rstrip("/"), "") if emulator is None else (emulator.ready["url"], emulator.ready["admin"])


def _own_name(servicenow_admin: str) -> dict[str, Any]:
    """What the emulated instance calls itself, so that events of a clone are told apart as on AWS.

    There one person opens everything, whose share of new cases is thus what all may open elsewhere.
    """
    if not servicenow_admin:
        return {}
    name = Staff(servicenow_admin, "ServiceNow").send("GET")["instance_name"]
    return {"instance_name": name, "new_cases_per_hour": 5 * NEW_CASES_PER_HOUR}


def _templates(wanted: Options, own_name: Mapping[str, Any]) -> list[Template]:
    options = ["--module", wanted.module.value, "--log-level", wanted.log_level, "--setup", wanted.setup]
    if wanted.name:
        options += ["--name", wanted.name]
    if wanted.integrations != Options.integrations:
        options += ["--with", *wanted.integrations]
    if settings := {**own_name, **wanted.settings}:
        options += ["--settings", json.dumps(settings, sort_keys=True)]
    return [Template.load(path) for path in synthesised(options)]


def _registered(admin: str, wanted: Options) -> Credentials:
    """What an administrator does by hand on a real instance: roles, OAuth application, certificate."""
    table = wanted.module.table
    way: Way = "rest" if wanted.setup == "rest" else "update-set"
    granted = documented_roles(table) if wanted.documented_roles else roles(table, way)
    integrations = with_connection(wanted.integrations)
    granted = (*granted, *roles_of_parts(setup_parts(integrations), way), *roles_of(integrations))
    administrator = Staff(admin, "ServiceNow")
    administrator.send("POST", "roles", json={"user_name": INTEGRATION_USER, "grant": list(granted)})
    secret, pair = new_secret(), new_key_pair()
    application = {
        "certificate_pem": pair.certificate, "client_id": CLIENT_ID, "client_secret": secret,
        "user_name": INTEGRATION_USER, "lifespan_s": 3600,
    }  # fmt: skip
    answer = administrator.send("POST", "oauth", json=application)
    return Credentials(CLIENT_ID, answer["user_sys_id"], secret, pair.private_key)


def _deploy(running: LocalSystem, wanted: Options, templates: Sequence[Template], tell: Tell) -> None:
    """State, then what no template may hold, then everything that reads it."""
    plane, names, credentials = running.plane, running.names, running.credentials
    state = [t for t in templates if t.name == names.state_stack]
    others = [t for t in templates if t.name != names.state_stack]
    tell("Deploying the state stack", 0.4)
    put_credentials(plane, names, plane.deploy(state), credentials)
    chosen = {
        "integrationModule": wanted.module.value,
        "logLevel": wanted.log_level,
        "serviceNowInstanceId": running.servicenow_url,
        "serviceNowClientId": credentials.client_id,
        "serviceNowUserId": credentials.user_sys_id,
    }
    plane.deploy(
        others,
        {t.name: {name: value for name, value in chosen.items() if name in t.parameters} for t in others},
        lambda what, done, total: tell(f"Deploying {what}", 0.45 + 0.5 * done / total),
    )


def put_credentials(plane: Plane, names: Names, outputs: Mapping[str, Any], credentials: Credentials) -> None:
    """Client secret and private key, as the command line puts them on AWS: never through a template."""
    plane.boto3_client("ssm").put_parameter(
        Name=names.parameter_prefix + n.PARAM_CLIENT_SECRET,
        Type="SecureString",
        Value=credentials.client_secret,
        KeyId=outputs[n.OUTPUT_DATA_KEY],
        Overwrite=True,
    )
    plane.boto3_client("s3").put_object(
        Bucket=outputs[n.OUTPUT_KEY_BUCKET],
        Key=n.KEY_OBJECT,
        Body=credentials.private_key_pem.encode(),
        ExpectedBucketOwner=ACCOUNT,
    )
