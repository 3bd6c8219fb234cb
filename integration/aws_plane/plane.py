"""The AWS plane: `with Plane() as plane: plane.deploy(templates)`.

One address for AWS calls, one for the webhook; functions, queues, schedules and rotations run until it is left.
"""

from __future__ import annotations

import os
import secrets
import tempfile
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import boto3
from botocore.config import Config

from integration.aws_plane import time_to_live
from integration.aws_plane.account import OPERATOR_KEY, AccountApi
from integration.aws_plane.authority import Need, Place
from integration.aws_plane.call_log import CallLog, Denial, LoggedCall, Unused
from integration.aws_plane.calls import Call
from integration.aws_plane.child import Child
from integration.aws_plane.cloudformation import CloudFormation
from integration.aws_plane.custom_resource import ANSWERS, CustomResources
from integration.aws_plane.custom_resource import PATH as RESPONSES
from integration.aws_plane.deployment import Progress, Stack, Stacks
from integration.aws_plane.depths import PATH as DEPTHS
from integration.aws_plane.depths import depths
from integration.aws_plane.door import TOKEN_HEADER, TOKEN_VARIABLE, refusal_at_front
from integration.aws_plane.error_shapes import SENT_TO
from integration.aws_plane.faults import Faults
from integration.aws_plane.function import Definition, FunctionFailed
from integration.aws_plane.function_logs import STREAM, FunctionLogs
from integration.aws_plane.functions import Functions
from integration.aws_plane.gateway import Caller, Gateway
from integration.aws_plane.hours import Hours
from integration.aws_plane.http_server import Listening, Request, Response, listening
from integration.aws_plane.lambda_api import LambdaApi
from integration.aws_plane.metrics import Metrics
from integration.aws_plane.moto_lines import MotoLines
from integration.aws_plane.organisation import Organisation
from integration.aws_plane.passthrough import Signer, passes_through
from integration.aws_plane.rotation import Rotations
from integration.aws_plane.s3_buckets import Buckets
from integration.aws_plane.s3_door import S3Door, may_enter
from integration.aws_plane.schedules import Clock
from integration.aws_plane.sessions import Sessions
from integration.aws_plane.simulation import Simulation
from integration.aws_plane.template import Template
from integration.aws_plane.webhook import Front
from integration.aws_plane.world import World, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from integration.aws_plane.depths import Depth
    from integration.aws_plane.event_sources import Poller
    from integration.aws_plane.iam import Role
    from integration.aws_plane.output import Datum

ACCOUNT = "123456789012"
"""The account moto speaks for."""
REGION = "us-east-1"
SECURITY_IR_KEY = "AKIAEMULATEDSECURITYIR"
"""With this the Security IR emulator puts its native events on the default bus, as the service would."""
_WAKES = ("events:PutEvents", "sqs:SendMessage", "sqs:SendMessageBatch", "sqs:ChangeMessageVisibility")


_new_client: Any = boto3.session.Session().client
"""Untyped: the stubs name a few hundred services one by one, and ours is a word at run time."""


class Plane:
    """`port` is the front's (webhook); the AWS endpoint takes any. `folder` keeps the functions' logs."""

    def __init__(
        self,
        *,
        port: int = 0,
        folder: Path | None = None,
        region: str = REGION,
        time_scale: float = 1.0,
        source_paths: Sequence[Path] = (),
        extra_environment: Mapping[str, str] | None = None,
    ) -> None:
        names: dict[str, str] = {}
        self.place = Place(ACCOUNT, region, names)
        self.call_log, self.faults = CallLog(), Faults()
        self._port, self._folder = port, folder
        self._moto_token, self._operator_secret, self.service_secret = (secrets.token_urlsafe(32) for _ in range(3))
        self._policies: dict[str, Any] = {}
        self._keys: dict[str, str] = {}
        self._left = ExitStack()
        self._clients: dict[tuple[str, str], Any] = {}
        self._clients_lock = threading.Lock()
        self._settings = (names, time_scale, list(source_paths), dict(extra_environment or {}))

    def __enter__(self) -> Self:
        """Raises OSError when the port is taken."""
        with ExitStack() as entering:
            self._start(entering)
            self._left = entering.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.close()

    def _start(self, entering: ExitStack) -> None:
        names, time_scale, source_paths, extra = self._settings
        self._front_server: Listening = entering.enter_context(
            listening(self._front_answer, self._port, "front", door=lambda r: refusal_at_front(r.headers))
        )
        folder = self._folder or Path(entering.enter_context(tempfile.TemporaryDirectory(prefix="plane-")))
        self.hours = Hours(folder / "clock")
        self._moto = self.child(
            "integration.aws_plane.moto_process",
            {"AWS_DEFAULT_REGION": self.place.region, TOKEN_VARIABLE: self._moto_token},
        )
        entering.callback(self._moto.stop)
        lines = MotoLines(self._moto.ready["url"])
        entering.callback(lines.close)
        self.gateway = Gateway(
            self.place, names, self.call_log, self.faults, lines,
            self._moto_token, lambda arn: key_of(self._keys, arn),
            lambda arn: self.world.policy_of(arn),  # noqa: PLW0108 - the world is made after its gateway
            now=self.hours.now,
        )  # fmt: skip
        self.buckets = Buckets(self.gateway, self.place, self._moto_client("s3"), self._policies)
        door = S3Door(self.gateway, self.buckets)
        server = entering.enter_context(listening(door.answer, name="aws", refuse=self.gateway.refuse, door=may_enter))
        self.gateway.url = server.url
        self.functions = Functions(folder, ACCOUNT, self.place.region, self.gateway.callers, self.hours)
        self.functions.aws_url = server.url
        self.functions.extra_variables = extra | {ANSWERS: f"{self._front_server.url}{RESPONSES}"}
        self.functions.source_paths = [*source_paths, *self.functions.source_paths]
        self.functions.on_start = self._note_logs
        entering.callback(self.functions.close)
        self.clock = Clock(time_scale)
        self.clock.start()
        entering.callback(self.clock.stop)
        self.rotations = Rotations(self.functions, self._moto_client("secretsmanager"))
        custom = CustomResources(self.functions, self._front_server.url)
        self.world = World(
            self.place, self._moto_client, self.gateway, self.functions, self.clock, self.rotations, custom,
            Organisation(self.place), self._policies, self._keys,
        )  # fmt: skip
        entering.callback(self._stop_pollers)
        self.front = Front(self.world.apis, self.functions, self.place, self.world.usage, self.hours.now)
        self.stacks = Stacks(self.world, self._front_server.url)
        self.cloudformation = CloudFormation(self.stacks, self._moto_client, ACCOUNT, self.place.region)
        self._admit_callers()
        self._take_over()

    def _admit_callers(self) -> None:
        root = f"arn:aws:iam::{ACCOUNT}:root"
        self.gateway.callers[OPERATOR_KEY] = Caller("operator", self._operator_secret, root)
        self.gateway.callers[SECURITY_IR_KEY] = Caller("security-ir", self.service_secret, root)

    def _take_over(self) -> None:
        """What moto cannot do, and what the plane wants to know of what moto did."""
        handlers, hooks = self.gateway.handlers, self.gateway.hooks
        handlers["secretsmanager:RotateSecret"] = self.rotations.answer_rotate
        hooks["secretsmanager:DescribeSecret"] = [self.rotations.after_describe]
        hooks["secretsmanager:ListSecrets"] = [self.rotations.after_list]
        handlers["cloudformation:*"] = self.cloudformation.answer
        handlers |= AccountApi(self.stacks, ACCOUNT, self._operator_secret).handlers
        handlers["iam:SimulatePrincipalPolicy"] = Simulation(self.world).answer
        of_bootstrap = handlers["sts:AssumeRole"]
        sessions = Sessions(ACCOUNT, self.world.roles, self.gateway.callers, self.hours.now, of_bootstrap)
        handlers["sts:AssumeRole"] = sessions.answer
        handlers |= self.buckets.handlers
        handlers |= LambdaApi(self.functions).handlers
        handlers |= Metrics(self.functions).handlers
        hooks["logs:FilterLogEvents"] = [FunctionLogs(self.functions).after_filter]
        hooks["ssm:PutParameter"] = [self._note_secure_parameter]
        for operation in _WAKES:
            hooks[operation] = [self._stir]

    def use_security_ir(self, url: str) -> None:
        """An emulator on this machine, or the real one. Raises NoCredentials where the latter lacks them."""
        self.gateway.security_ir_url = url.rstrip("/")
        self.gateway.signer = Signer.of_this_machine(self.place.region) if passes_through(url) else None

    def use(self, url: str, services: Iterable[str]) -> None:
        """Have an emulator answer for these, named as in the scope of a signature."""
        self.gateway.beside |= dict.fromkeys(services, url.rstrip("/"))

    # ---- time
    def child(self, module: str, environment: Mapping[str, str] | None = None, arguments: Sequence[str] = ()) -> Child:
        """A process that follows this plane's clock."""
        path = os.environ.get("PYTHONPATH", "")
        return Child(module, arguments, {**(environment or {}), **self.hours.environment(path)})

    def forward(self, seconds: float) -> None:
        """Set the clock forward for all of them: a schedule whose time has come fires once, however many times over."""
        self.hours.forward(seconds)
        time_to_live.remove(self._moto_client("dynamodb"), self.hours.now())
        self.front.age(seconds)
        self.clock.forward(seconds)
        for poller in self._pollers:
            poller.stir()

    # ---- addresses and clients

    @property
    def aws_url(self) -> str:
        return self.gateway.url

    @property
    def url(self) -> str:
        """The front: `/{stage}/…` of the deployed API."""
        return self._front_server.url

    @property
    def webhook_url(self) -> str:
        """The first POST of the deployed APIs, before others one that an authorizer guards."""
        found = [
            (method.authorization != "CUSTOM", number, f"{next(iter(api.stages))}{api.path_of(resource)}", api.id)
            for number, api in enumerate(self.world.apis.values())
            for (resource, verb), method in api.methods.items()
            if verb == "POST"
        ]
        if not found:
            raise LookupError("no API with a POST is deployed")
        _, number, path, api_id = min(found, key=lambda each: each[:2])
        return f"{self.url}/{api_id}/{path}" if number else f"{self.url}/{path}"

    def boto3_client(self, service: str) -> Any:
        """As the operator, whom everything is allowed; calls are in the log under `operator`."""
        return self._client(service, self.aws_url)

    def _moto_client(self, service: str) -> Any:
        return self._client(service, self._moto.ready["url"])

    def _client(self, service: str, url: str) -> Any:
        with self._clients_lock:
            if (service, url) not in self._clients:
                self._clients[service, url] = client = _new_client(
                    service, region_name=self.place.region, endpoint_url=url, aws_access_key_id=OPERATOR_KEY,
                    aws_secret_access_key=self._operator_secret,
                    config=Config(retries={"total_max_attempts": 1, "mode": "standard"}, max_pool_connections=64),
                )  # fmt: skip
                if url != self.aws_url:
                    client.meta.events.register("before-send", self._show_token)
            return self._clients[service, url]

    def _show_token(self, request: Any, **_: Any) -> None:
        request.headers[TOKEN_HEADER] = self._moto_token

    def operator_environment(self) -> dict[str, str]:
        """For a process that is to deploy to, or look at, this plane as at an account."""
        return {
            "AWS_ENDPOINT_URL": self.aws_url, "AWS_ACCESS_KEY_ID": OPERATOR_KEY,
            "AWS_SECRET_ACCESS_KEY": self._operator_secret, "AWS_REGION": self.place.region,
            "AWS_DEFAULT_REGION": self.place.region, "AWS_EC2_METADATA_DISABLED": "true",
        }  # fmt: skip

    # ---- deploying

    def deploy(
        self,
        templates: Sequence[Template | Path],
        parameters: Mapping[str, Mapping[str, Any]] | None = None,
        progress: Progress = lambda _what, _done, _all: None,
    ) -> dict[str, Any]:
        """Outputs of all stacks together. `parameters` by stack name. Raises DeploymentFailed."""
        loaded = [t if isinstance(t, Template) else Template.load(t) for t in templates]
        self.stacks.deploy(loaded, parameters, progress)
        return self.outputs()

    def outputs(self) -> dict[str, Any]:
        return {name: value for stack in self.stacks.deployed.values() for name, value in stack.outputs.items()}

    def stack(self, name: str) -> Stack:
        return self.stacks.deployed[name]

    def destroy(self, name: str, *, with_state: bool = False) -> None:
        self.stacks.destroy(name, with_state=with_state)

    # ---- functions

    def invoke(self, name: str, event: Any) -> Any:
        """A synchronous invocation's answer. Raises FunctionFailed."""
        outcome = self.functions[name].invoke(event)
        if outcome.error:
            raise FunctionFailed(name, outcome)
        return outcome.answer

    def warm(self) -> None:
        """One environment of every function, ahead of the first event."""
        for function in self.functions:
            function.warm()

    def logs(self, name: str) -> list[str]:
        return self.functions[name].output.text()

    def metrics(self, name: str = "") -> list[Datum]:
        """Values of the functions' embedded metrics, oldest first; all, or those of one metric."""
        found = [datum for function in self.functions for datum in list(function.output.metrics)]
        return sorted((d for d in found if not name or d.name == name), key=lambda d: d.at)

    # ---- queues

    @property
    def queues(self) -> Mapping[str, Depth]:
        """By name, dead-letter queues too."""
        return depths(self.gateway.to_moto(Request("GET", DEPTHS, {}, b"")).body)

    def poller(self, queue: str) -> Poller:
        """The mapping of a queue, by the queue's name: pause, resume (`paused`), `redeliver`."""
        return next(p for p in self._pollers if p.queue == queue)

    @contextmanager
    def held(self, *queues: str) -> Iterator[None]:
        """These queues keep what arrives meanwhile, so that all of it comes at once afterwards."""
        pollers = [self.poller(queue) for queue in queues]
        for poller in pollers:
            poller.paused = True
        try:
            yield
        finally:
            for poller in pollers:
                poller.resume()

    @property
    def _pollers(self) -> list[Poller]:
        """As they are now: a deployment may add some meanwhile."""
        return list(self.world.pollers.values())

    def quiet(self) -> bool:
        """No function runs and no queue with a mapping has a message that could be worked on now.

        What failed and waits for its visibility to end does not count, nor what a paused queue holds.
        """
        before = self.begun()
        active = [p for p in self._pollers if not p.paused]

        def works() -> bool:
            return any(p.busy for p in active) or any(f.running for f in self.functions)

        if works():
            return False
        there = self.queues
        held = (there[poller.queue] for poller in active)
        waits = any(depth.visible or depth.delayed for depth in held)
        return not waits and not works() and before == self.begun()

    def begun(self) -> int:
        """Another number as soon as more was taken up: invocations, batches, calls of the front."""
        batches = sum(poller.batches for poller in self._pollers)
        return sum(f.started for f in self.functions) + batches + len(self.front.statuses)

    # ---- what happened

    def calls(self, *, since: float = 0, implicit: bool = False) -> tuple[LoggedCall, ...]:
        return self.call_log.calls(since=since, implicit=implicit)

    def denied(self) -> tuple[Denial, ...]:
        return self.call_log.denied()

    def unused_grants(self) -> list[Unused]:
        return self.call_log.unused(self.world.roles.values())

    @property
    def roles(self) -> list[Role]:
        return list(self.world.roles.values())

    # ---- the plane's own answers

    def _front_answer(self, request: Request) -> Response:
        if request.path.startswith(RESPONSES):
            return self.world.custom.respond(request)
        return self.front.answer(request)

    def _stir(self, call: Call, _request: Request, response: Response) -> Response:
        """The mappings of the queues that got something, or whose messages may have become visible."""
        touched = {*response.headers.get(SENT_TO, "").split(), call.parameters.get("QueueUrl", "").rpartition("/")[2]}
        for poller in self._pollers:
            if poller.queue in touched:
                poller.stir()
        return response

    def _note_secure_parameter(self, call: Call, _request: Request, response: Response) -> Response:
        """AWS's own key needs no right of the caller; a customer key does."""
        key = call.parameters.get("KeyId", "")
        if response.status == 200 and call.parameters.get("Type") == "SecureString" and key and key != "alias/aws/ssm":
            name = str(call.parameters["Name"]).lstrip("/")
            known = self.place.known.get(key, key)
            arn = known if known.startswith("arn:") else self.place.arn("kms", f"key/{known}")
            self._keys[self.place.arn("ssm", f"parameter/{name}")] = arn
        return response

    def _note_logs(self, definition: Definition) -> None:
        """Lambda writes the log in the role's name: the role must allow it, or the log stays empty on AWS."""
        resource = self.place.arn("logs", f"log-group:{definition.log_name}:log-stream:{STREAM}")
        needed = [Need(f"logs:{o}", resource, implicit=True) for o in ("CreateLogStream", "PutLogEvents")]
        self.gateway.refused(definition.role, definition.name, needed, Call("logs", "PutLogEvents"))

    def _stop_pollers(self) -> None:
        for poller in self._pollers:
            poller.stop()
