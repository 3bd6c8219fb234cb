"""Input nobody sane would send: webhook calls, tokens, mapping files, answers of an instance and of a file store.

No 5xx from the webhook, no unauthorised acceptance, no error but our own, no write caused by an answer that does not
match its question, and neither a secret nor a text in any log line.
"""

from __future__ import annotations

import base64
import io
import itertools
import json
import traceback
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from integration.aws.telemetry import Telemetry
from integration.cases.instance_side import ServiceNowIncidents
from integration.cases.reconciler import Reconciler, Settings
from integration.connection.authorizer import Door, Unauthorized, decide
from integration.connection.heard import Memory
from integration.connection.receiver import Receiver
from integration.module import Module
from integration.reconcile.errors import EXPECTED
from integration.registry import NOTIFICATIONS
from mappers import mapping_file
from mappers.problem import MappingError
from tests.fakes.running import Running, report_of
from tests.proofs.cases import presigned
from tests.proofs.kit.instance import DATE, USER, Answers, client_over
from tests.proofs.kit.part import Depth, Figures, Part, spread

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration.cases.wake import Wake

SECRET, TEXT = "tok-3f9c-do-not-tell", "the-cfo-is-suspected"
PHASES = (Phase.generate, Phase.shrink)
NUMBER = itertools.count()

words = st.sampled_from(
    [SECRET, TEXT, "", "IncidentUpdated", "incident", "a" * 32, "INC0010001", "../..", "\x00", "^OR", "javascript:x"]
)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | words
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | words, inner, max_size=4),
    max_leaves=12,
)
TOLD = {"event_type", "incident_number", "sys_id", "table", "sys_mod_count", "attachment_action"}
"""What of a notification goes into an event."""
keys = st.sampled_from([*sorted(TOLD), "instance_name", "short_description"])
GOOD = {"event_type": "IncidentUpdated", "incident_number": "INC0010001", "sys_id": "a" * 32, "table": "incident"}
near = st.dictionaries(keys, anything, max_size=3).map(lambda wrong: {**GOOD, "short_description": TEXT, **wrong})


class Kept:
    """What was published, and what was remembered of it."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.rows: list[Any] = []

    def publish(self, events: list[Any]) -> None:
        self.events += events

    def put(self, item: Any) -> None:
        self.rows.append(item)


# ------------------------------------------------------------------------------------------------ the webhook
bodies = (
    (near | anything).map(json.dumps)
    | st.text(max_size=60)
    | st.binary(max_size=60).map(lambda raw: base64.b64encode(raw).decode())
    | st.none()
    | st.sampled_from(["[" * 9000, json.dumps(GOOD | {"short_description": TEXT * 20_000}), TEXT * 20_000, "\ud800"])
)
calls = st.fixed_dictionaries(
    {"body": bodies}, optional={"isBase64Encoded": st.booleans() | leaves, "headers": anything, "httpMethod": words}
)


def webhook(event: dict[str, Any]) -> None:
    bus, log = Kept(), io.StringIO()
    telemetry = Telemetry(f"w{next(NUMBER)}", "s", "debug", log)
    answer = Receiver(NOTIFICATIONS, bus, lambda: "dev12345", Memory(bus, telemetry), telemetry).answer(event)
    assert TEXT not in json.dumps(bus.rows), "a text of a record in the table"
    assert answer["statusCode"] == 202 or 400 <= answer["statusCode"] < 500, answer
    for published in bus.events:
        assert set(published.detail) <= TOLD
        assert published.detail["sys_id"].isascii()
        assert TEXT not in json.dumps(published.detail), "a text goes into an event"
    _clean(log.getvalue())


tokens = (
    st.text(max_size=30)
    | words
    | st.sampled_from(
        [
            f"Bearer  {SECRET}x",
            f"Basic {SECRET[:-1]}",
            SECRET.upper(),
            SECRET[:-1],
            f"{SECRET} {SECRET}",
            "Bearer",
            "bearer ",
        ]
    )
)
offers = st.fixed_dictionaries(
    {"methodArn": st.just("arn:aws:execute-api:eu-west-1:1:api/prod/POST/webhook")},
    optional={
        "authorizationToken": tokens | st.none(),
        "headers": st.none()
        | st.dictionaries(st.sampled_from(["Authorization", "AUTHORIZATION", "x"]), tokens | st.none()),
    },
)


def authorizer(event: dict[str, Any]) -> None:
    door = Door(lambda: (SECRET,), clock=lambda: 1000.0)
    try:
        statement = decide(event, door)["policyDocument"]["Statement"][0]
    except Unauthorized:
        return
    headers = event.get("headers") or {}
    given = [
        str(v or "")
        for v in (event.get("authorizationToken"), headers.get("Authorization"), headers.get("AUTHORIZATION"))
    ]
    offered = {word.strip().removeprefix("Bearer ").removeprefix("bearer ").strip() for word in given}
    assert statement["Effect"] == "Deny" or SECRET in offered, "somebody came in without the token"


# ------------------------------------------------------------------------------------------------ the mapping file
sections = st.sampled_from(
    ["fields", "status", "watchers", "comments", "closure", "creation", "attachments", "context", "x"]
)
lines = st.builds(
    lambda name, value: f"{name} = {json.dumps(value)}",
    st.sampled_from(["policy", "to_state", "enabled", "max_mb", "codes", '"7"', "a.b", "limit"]),
    anything,
)
files = (
    st.text(max_size=80)
    | st.builds(lambda name, inner: f"[{name}]\n" + "\n".join(inner), sections, st.lists(lines, max_size=4))
    | st.builds(
        lambda a, b, inner: f"[{a}.{b}]\n" + "\n".join(inner),
        sections,
        st.sampled_from(["short_description", "accepted", "to_state", '"2"']),
        st.lists(lines, max_size=3),
    )
)


def mapping(text: str) -> None:
    with suppress(MappingError):
        mapping_file.load(text, Module.ITSM)


# ------------------------------------------------------------------------------------------------ the instance
kinds = st.sampled_from(["record", "journal", "attachments", "user", "written"])
lies = st.one_of(
    st.tuples(st.just("raw"), st.integers(100, 599), st.binary(max_size=40) | st.just(b"<html>Log in</html>")),
    st.tuples(st.just("json"), st.sampled_from([200, 200, 201, 202, 204, 400, 401, 403, 404, 429, 500]), anything),
    st.tuples(st.just("result"), st.just(200), anything),
    st.tuples(st.just("other record"), st.just(200), st.none()),
    st.tuples(st.just("foreign rows"), st.just(200), st.none()),
    st.tuples(
        st.just("without"),
        st.just(200),
        st.sampled_from(
            ["sys_id", "state", "short_description", "description", "watch_list", "sys_mod_count", "correlation_id"]
        ),
    ),
    st.tuples(st.just("cut"), st.just(200), st.integers(0, 200)),
)
FOREIGN = {
    "sys_id": "f" * 32,
    "element": "work_notes",
    "element_id": "e" * 32,
    "name": "incident",
    "value": TEXT,
    "sys_created_on": "2023-11-14 22:13:20",
    "sys_created_by": "mallory",
    "table_name": "incident",
    "table_sys_id": "e" * 32,
    "file_name": TEXT,
    "size_bytes": "3",
    "state": "available",
}


def _lied(lie: tuple[str, int, Any], body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    how, status, what = lie
    result = body["result"]
    if how == "raw":
        return status, DATE, what
    if how == "json":
        return status, DATE, json.dumps(what).encode()
    if how == "cut":
        return status, DATE, json.dumps(body).encode()[:what]
    if how == "other record" and isinstance(result, dict):
        result = {
            **result,
            "sys_id": {"value": "f" * 32, "display_value": "f" * 32},
            "short_description": {"value": TEXT},
        }
    elif how == "foreign rows" and isinstance(result, list):
        result = [*result, FOREIGN]
    elif how == "without" and isinstance(result, dict):
        result = {name: value for name, value in result.items() if name != what}
    elif how == "result":
        result = what
    return status, DATE, json.dumps({"result": result}).encode()


def instance(kind: str, lie: tuple[str, int, Any], side: str) -> None:
    """A pair in step is looked at while one kind of answer is a lie: nothing may be written anywhere."""
    running = Running()
    case_id = running.cases.make("Root key used")
    running.cases.records[case_id]["watchers"] = {"ann@out.example"}
    running.case(case_id)
    _, sys_id = running.linked()
    running.world.now += 60
    answers = Answers(running.incidents)
    answers.lie = lambda asked, status, body: (
        _lied(lie, body) if asked == kind else (status, DATE, json.dumps(body).encode())
    )
    before = running.world.writes
    _looked(running, answers, running.wake(side, case_id if side == "case" else sys_id, sweep=True))
    assert answers.writes == [], answers.writes
    assert running.world.writes == before, "something was written on AWS"


def look_up(lie: tuple[str, int, Any]) -> None:
    """Before an incident is made for a case the instance is asked whether it has one: only no is a no."""
    running = Running()
    case_id = running.cases.make("Root key used")
    answers = Answers(running.incidents)
    answers.lie = lambda asked, status, body: (
        _lied(lie, {"result": []}) if asked == "rows" else (status, DATE, json.dumps(body).encode())
    )
    _looked(running, answers, running.wake("case", case_id))
    status, _, body = _lied(lie, {"result": []})
    with suppress(ValueError):
        if status == 200 and json.loads(body) == {"result": []}:
            return
    assert answers.writes == [], "a record is made although nobody said that there is none"


def _looked(running: Running, answers: Answers, wake: Wake) -> None:
    """One pass with the real client; what it raises is what a function would log."""
    incidents = ServiceNowIncidents(client_over(answers), "dev12345", "incident", running.rules.columns, USER)
    settings = Settings(200, 900)
    core = Reconciler(running.cases, incidents, running.links, running.rules, settings, running.world.clock)
    try:
        report_of(core.run(wake, running.world.now + 180))
    except EXPECTED as error:
        _clean("".join(traceback.format_exception(error)))


def _clean(log: str) -> None:
    assert SECRET not in log, "the token stands in a log line"
    assert TEXT not in log, "a text stands in a log line"


ATTACKS: dict[str, tuple[Callable[..., None], tuple[Any, ...], float]] = {
    "webhook calls": (webhook, (calls,), 0.4),
    "tokens": (authorizer, (offers,), 0.15),
    "mapping files": (mapping, (files,), 0.15),
    "answers of the instance": (instance, (kinds, lies, st.sampled_from(["case", "incident"])), 0.15),
    "answers to a look-up": (look_up, (lies,), 0.05),
    "answers to a presigned GET": (presigned.download, (presigned.lies,), 0.05),
    "answers to a presigned PUT": (presigned.upload, (presigned.lies,), 0.05),
}
"""What is attacked, with what, and its share of the inputs."""


def attack(name: str, number: int) -> Figures:
    work, given_by, _ = ATTACKS[name]
    found, tried = Figures(), Counter[str]()

    @settings(
        max_examples=number,
        database=None,
        derandomize=True,
        deadline=None,
        phases=PHASES,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.tuples(*given_by))
    def each(inputs: tuple[Any, ...]) -> None:
        tried["hostile_inputs"] += 1
        work(*inputs)

    try:
        each()
    except Exception as error:  # noqa: BLE001 - hypothesis raises the shortest failure it found
        for each_error in getattr(error, "exceptions", (error,)):
            notes = " ".join(getattr(each_error, "__notes__", ()))
            found.problems.append(f"{name}: {type(each_error).__name__}: {each_error} {notes}"[:1500])
    found.numbers += tried
    return found


def run(depth: Depth, advance: Callable[[int], None]) -> Figures:
    total = Figures()
    inputs = [(name, int(depth.hostile * share)) for name, (_, _, share) in ATTACKS.items()]
    for found in spread(attack, inputs, depth.jobs):
        total.add(found)
        advance(1)
    return total


PART = Part("hostile", "hostile input", lambda _: len(ATTACKS), run)
