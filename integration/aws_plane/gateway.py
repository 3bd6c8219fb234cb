"""One endpoint for every AWS call: who calls, may they, what goes wrong, and on to whoever answers.

Callers are known by access key; a function's environment has a key of its own. Signatures are checked, in addresses
too. moto answers for most services, an emulator for some, the plane itself for what moto cannot.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import urllib3
from botocore.exceptions import UnknownServiceError

from integration.aws_plane import error_shapes
from integration.aws_plane.admission import admitted
from integration.aws_plane.authority import Need, Place, behind, needs
from integration.aws_plane.call_log import CallLog, LoggedCall
from integration.aws_plane.calls import Call, Signature, UnknownOperation, Unsigned, model, read, regions, signature
from integration.aws_plane.door import TOKEN_HEADER
from integration.aws_plane.faults import Effect, Fault, Faults
from integration.aws_plane.http_server import Hangup, Request, Response, forbidden
from integration.aws_plane.iam import Principal, Role, Statement, judge
from integration.aws_plane.s3_buckets import bad_key
from integration.aws_plane.signing import s3_context

if TYPE_CHECKING:
    from integration.aws_plane.environment import Environment
    from integration.aws_plane.moto_lines import MotoLines
    from integration.aws_plane.passthrough import Signer

MOTO = frozenset({
    "dynamodb", "ssm", "secretsmanager", "s3", "sqs", "events", "kms", "sns", "logs", "monitoring", "sts", "iam",
})  # fmt: skip
SECURITY_IR = "security-ir"
JUDGED_EACH = frozenset({"s3:DeleteObjects"})
"""Calls whose handler refuses the single things that the caller may not touch."""
PRINCIPAL_HEADER = "x-emulated-principal"
_NOT_FORWARDED = frozenset(
    {"connection", "expect", "transfer-encoding", "keep-alive", "content-length", "origin", PRINCIPAL_HEADER}
)
_NOT_RETURNED = frozenset({"connection", "transfer-encoding", "keep-alive", "content-length", "server", "date"})


@dataclass(frozen=True)
class Caller:
    """`role` is None for the operator and for AWS's own services, whom no policy of the template concerns."""

    function: str
    secret: str = field(repr=False)
    principal: str
    role: Role | None = None
    kill: Callable[[], None] | None = None
    environment: Callable[[], Environment] | None = None
    """Of the function's process that makes the call."""
    token: str = field(default="", repr=False)
    """Of the session, to be shown with every signature; empty: none is asked for."""
    until: float = 0.0
    """When the session ends, by the plane's clock; 0: it does not."""


Handler = Callable[[Call, Caller, Request], Response]
Hook = Callable[[Call, Request, Response], Response]
Watch = Callable[[str, Caller], Fault | None]


@dataclass
class Gateway:
    """`handlers` answer instead of moto; `hooks` see (and may change) what was answered, by `service:Operation`."""

    place: Place
    names: dict[str, str]
    """The same object as `place.known`."""
    call_log: CallLog
    faults: Faults
    moto: MotoLines
    moto_token: str = field(repr=False)
    key_of: Callable[[str], str | None]
    policy_of: Callable[[str], Iterable[Statement]]
    security_ir_url: str = ""
    beside: dict[str, str] = field(default_factory=dict)
    """Service → URL of the emulator that answers for it."""
    now: Callable[[], float] = time.time
    """By which presigned addresses end."""
    signer: Signer | None = None
    """Set where that is the real one."""
    url: str = ""
    """Where this endpoint listens; set by whoever serves `answer`."""
    callers: dict[str, Caller] = field(default_factory=dict)
    handlers: dict[str, Handler] = field(default_factory=dict)
    hooks: dict[str, list[Hook]] = field(default_factory=dict)
    watch: Watch = lambda _operation, _caller: None
    """Told of each call of a function before it takes effect; may answer with a fault of its own for this one call."""
    _pool: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(num_pools=4, maxsize=64, retries=False, timeout=120)
    )

    def answer(self, request: Request) -> Response:
        began = time.time()
        asked = self._read(request)
        if isinstance(asked, Response):
            return asked
        signed, call = asked
        caller = admitted(request, signed, self.callers, self.now())
        if isinstance(caller, Response):
            return caller
        return self.of_caller(request, call, caller, signed, began)

    def of_caller(self, request: Request, call: Call, caller: Caller, signed: Signature, began: float) -> Response:
        """The answer to one who is known: judged, disturbed where a fault is set, and written into the log."""
        needed = self.needs(request, call, signed)
        fault = self._fault(str(call), caller) if caller.role else None
        status = 0
        try:
            response = self._disturbed(call, caller, request, needed, fault)
            status = response.status
            return response
        finally:
            self._note(call, caller, needed, status, began, fault)

    @staticmethod
    def refuse(request: Request, told: str) -> Response:
        """To whom the door does not let in, in the form in which it was asked."""
        try:
            return error_shapes.error(signature(request).service, 403, "AccessDeniedException", told)
        except (Unsigned, UnknownServiceError):
            return forbidden(request, told)

    @staticmethod
    def _read(request: Request) -> tuple[Signature, Call] | Response:
        """Who asks for what; or the refusal of what no service, operation or region of AWS is."""
        try:
            signed = signature(request)
        except Unsigned:
            return Response(403, b'{"message":"Missing Authentication Token"}', {"Content-Type": "application/json"})
        try:
            model(signed.service)
            call = read(request, signed.service)
        except UnknownServiceError:
            return error_shapes.no_service(request, signed.service)
        except UnknownOperation as error:
            if signed.service == "s3":
                told = "The specified method is not allowed against this resource."
                return error_shapes.error("s3", 405, "MethodNotAllowed", told)
            return error_shapes.error(signed.service, 404, "UnknownOperationException", str(error))
        if signed.region not in regions():
            code = "SignatureDoesNotMatch" if error_shapes.in_xml(signed.service) else "InvalidSignatureException"
            return error_shapes.error(signed.service, 403, code, "Credential should be scoped to a valid region.")
        return signed, call

    def needs(self, request: Request, call: Call, signed: Signature) -> list[Need]:
        found = needs(call, self.place)
        if call.service != "s3":
            return found
        context = s3_context(request, signed, self.place.account, self.now())
        return [replace(need, context={**context, **need.context}) for need in found]

    def _fault(self, operation: str, caller: Caller) -> Fault | None:
        return self.faults.next_for(operation, caller.function) or self.watch(operation, caller)

    def _note(
        self, call: Call, caller: Caller, needed: list[Need], status: int, began: float, fault: Fault | None
    ) -> None:
        """Status 0: the caller got no answer."""
        role = caller.role.name if caller.role else ""
        touched = tuple(need.resource for need in needed)
        ms = (time.time() - began) * 1000
        name = fault.effect.value if fault else ""
        record = LoggedCall(began, caller.function, role, call.service, call.operation, touched, status, ms, fault=name)
        self.call_log.add(record)

    def _disturbed(
        self, call: Call, caller: Caller, request: Request, needed: list[Need], fault: Fault | None
    ) -> Response:
        if caller.role and self.faults.latency_s:
            time.sleep(self.faults.latency_s)
        if fault is None:
            return self._permitted(call, caller, request, needed)
        if fault.effect is Effect.LATENCY:
            time.sleep(fault.seconds)
        if fault.effect is Effect.ERROR:
            return error_shapes.error(call.service, fault.status, fault.code, "an injected fault")
        if fault.effect is Effect.KILL_BEFORE and caller.kill:
            caller.kill()
        if fault.effect in (Effect.RESET_BEFORE, Effect.KILL_BEFORE):
            raise Hangup
        response = self._permitted(call, caller, request, needed)
        if fault.effect is Effect.KILL_AFTER and caller.kill:
            caller.kill()
        if fault.effect in (Effect.RESET_AFTER, Effect.KILL_AFTER):
            raise Hangup
        return response

    def _permitted(self, call: Call, caller: Caller, request: Request, needed: list[Need]) -> Response:
        judged = caller.role is not None and str(call) not in JUDGED_EACH
        refused = self.refused(caller.role, caller.function, needed, call) if caller.role and judged else None
        if refused:
            need, explicit = refused
            return error_shapes.denied(call.service, caller.principal, need.action, need.resource, explicit=explicit)
        response = self._handle(call, caller, request)
        for hook in self.hooks.get(str(call), ()):
            response = hook(call, request, response)
        return response

    def refused(self, role: Role, function: str, needed: list[Need], call: Call) -> tuple[Need, bool] | None:
        """The first need the role lacks and whether a statement denies it; None when all are granted.

        Each need is written into the log, KMS behind the resources too.
        """
        for need in [*needed, *behind(call, [n.resource for n in needed], self.key_of, self.place)]:
            explicit = self._weigh(role, function, need)
            if explicit is not None:
                return need, explicit
        return None

    def _weigh(self, role: Role, function: str, need: Need) -> bool | None:
        """None: allowed. Else whether the denial is explicit."""
        principal = Principal("AWS", (role.arn,))
        context = {"aws:SecureTransport": "true", "aws:PrincipalArn": role.arn, "aws:PrincipalIsAWSService": "false",
                   **need.context}  # fmt: skip
        policy = list(self.policy_of(need.resource))
        identity = role.statements if self._delegated(need, policy) else []
        verdict = judge(identity, policy, principal, need.action, need.resource, context)
        by = verdict.by.origin if verdict.by else ""
        if verdict.allowed and role.bounds(need.action, need.resource, context):
            self.call_log.use(role.name, by, need.action, need.resource)
            return None
        explicit = verdict.explicit_deny
        self.call_log.refuse(function, role.name, need.action, need.resource, explicit=explicit, by=by)
        return explicit

    def _delegated(self, need: Need, policy: list[Statement]) -> bool:
        """A key's policy must hand over to IAM by naming the account, else roles' own statements count for nothing."""
        if not need.action.startswith("kms:") or not policy:
            return True
        account = Principal("AWS", (f"arn:aws:iam::{self.place.account}:root",))
        return any(s.allow and s.names(account) for s in policy)

    def known(self, name: str, arn: str) -> None:
        """A name (`alias/…`, `secret:…`) whose ARN does not follow from it."""
        self.names[name] = arn

    def _handle(self, call: Call, caller: Caller, request: Request) -> Response:
        if call.service == "s3" and (refused := bad_key(call)):
            return refused
        handler = self.handlers.get(str(call)) or self.handlers.get(f"{call.service}:*")
        if handler:
            return handler(call, caller, request)
        if request.headers.get("x-amz-expected-bucket-owner", self.place.account) != self.place.account:
            return error_shapes.error("s3", 403, "AccessDenied", "Access Denied")
        if call.service == SECURITY_IR and self.security_ir_url:
            signed = self.signer.headers(request, self.security_ir_url) if self.signer else None
            return self._forward(
                self.security_ir_url, request, signed or {**_passed(request), PRINCIPAL_HEADER: caller.principal}
            )
        beside = self.beside.get(call.service)
        if beside or call.service in MOTO:
            return self._forward(beside, request, _passed(request)) if beside else self.to_moto(request)
        return error_shapes.error(call.service, 501, "NotImplemented", f"the local plane does not answer {call}")

    def to_moto(self, request: Request) -> Response:
        got = self.moto.ask(request, {**_passed(request), TOKEN_HEADER: self.moto_token})
        left = _NOT_RETURNED if request.method != "HEAD" else _NOT_RETURNED - {"content-length"}
        return Response(got.status, got.body, {k: v for k, v in got.headers.items() if k.lower() not in left})

    def _forward(self, url: str, request: Request, headers: Mapping[str, str]) -> Response:
        try:
            got = self._pool.urlopen(
                request.method,
                url + request.target,
                body=request.body,
                headers=headers,
                redirect=False,
                preload_content=True,
                decode_content=False,
                assert_same_host=False,
            )
        except urllib3.exceptions.HTTPError:
            raise Hangup from None
        kept = {k: v for k, v in got.headers.items() if k.lower() not in _NOT_RETURNED}
        if request.method == "HEAD" and "content-length" in got.headers:
            kept["Content-Length"] = got.headers["content-length"]
        return Response(got.status, got.data, kept)


def _passed(request: Request) -> Mapping[str, str]:
    return {
        name: value
        for name, value in request.headers.items()
        if name not in _NOT_FORWARDED and not name.startswith("sec-fetch-")
    }
