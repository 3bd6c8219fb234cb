"""An instance in memory: what the Table API promises to the setup, and what the script engine asks of a host."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from integration.clients.errors import Misconfigured, Refused
from integration.clients.servicenow.record import Record
from integration.emulators.servicenow.glide import ScriptEngine, ScriptResult
from servicenow_setup.columns import ALL
from servicenow_setup.settings import SetupSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from integration.clients.servicenow.query import Query

TOKEN = "tok-0123456789_abcdefghijklmnopqrstuvwxyz-ABCDEF"
CIPHER = "cipher:"
_TERM = re.compile(r"(?P<field>[a-z_.]+)(?P<op>STARTSWITH|LIKE|ISEMPTY|IN|!=|=)(?P<value>.*)", re.DOTALL)


def _encrypted(clear: str) -> str:
    return CIPHER + clear


class Crash(BaseException):
    """The process died right after a write."""


class Instance:
    """Rows by table and sys_id. Switches: `refuses` tables, `declines` them by a rule of its own, `drops` columns,
    `hides` tables, `cuts` columns, `knows` values of a column; `keeps` says what becomes of passwords.
    """

    death = Crash

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, dict[str, str]]] = {}
        self.refuses: set[str | tuple[str, str, str]] = set()
        self.drops: set[tuple[str, str]] = set()
        self.hides: set[str] = set()
        self.declines: set[str] = set()
        self.cuts: dict[tuple[str, str], int] = {}
        self.knows: dict[tuple[str, str], set[str]] = {}
        self.keeps: Callable[[str], str] = _encrypted
        self.own_ids = False
        self.writes: list[tuple[str, str]] = []
        self.dies_after: int | None = None

    # The Table API, as the client shows it.
    def get(self, table: str, sys_id: str, fields: Sequence[str] = ()) -> Record | None:
        row = None if table in self.hides else self._table(table).get(sys_id)
        return None if row is None else _record(row, fields)

    def query(self, table: str, query: Query, fields: Sequence[str] = ()) -> list[Record]:
        rows = [] if table in self.hides else self.matching(table, str(query))
        return [_record(row, fields) for row in rows]

    def first_page(
        self, table: str, query: Query, fields: Sequence[str] = (), page: int = 200
    ) -> tuple[list[Record], int]:
        return self.query(table, query, fields)[:page], len(self.matching(table, str(query)))

    def create(self, table: str, values: Mapping[str, str]) -> Record:
        self._may("Insert", table)
        if (table, values.get("when"), values.get("collection")) in self.refuses:
            raise Refused("servicenow", "ACL Exception Insert Failed due to security constraints")
        sys_id = uuid.uuid4().hex if self.own_ids else values["sys_id"]
        if sys_id in self._table(table):
            raise Refused("servicenow", f"Error during insert of {table}")
        self._table(table)[sys_id] = dict.fromkeys(ALL.get(table, ()), "")
        if table == "sys_rest_message":
            self._automatic(sys_id)
        return self._write(table, sys_id, {**values, "sys_id": sys_id}, "create")

    def update(self, table: str, sys_id: str, values: Mapping[str, str], *, displayed: bool = False) -> Record:
        """Encrypted columns are saved as display values only, and as `keeps` says."""
        if table in self.refuses:
            raise Misconfigured("servicenow", "the integration user has no role that may use this table")
        self._may("Update", table)
        secret = {name: self.keeps(value) for name, value in values.items() if name == "password" and displayed}
        plain = {name: value for name, value in values.items() if name != "password"}
        return self._write(table, sys_id, plain | secret, "update")

    def delete(self, table: str, sys_id: str) -> bool:
        self._may("Delete", table)
        gone = self._table(table).pop(sys_id, None)
        self._count("delete", table)
        return gone is not None

    def _may(self, verb: str, table: str) -> None:
        if table in self.refuses:
            raise Refused("servicenow", f"ACL Exception {verb} Failed due to security constraints")
        if table in self.declines:
            raise Refused("servicenow", f"Operation against file '{table}' was aborted by Business Rule 'No changes^1'")

    # What tests look at and change behind everybody's back.
    def all(self, table: str) -> list[dict[str, str]]:
        return list(self._table(table).values())

    def named(self, table: str, part: str) -> dict[str, str]:
        [row] = [row for row in self.all(table) if part in row["name"]]
        return row

    def put(self, table: str, **values: str) -> dict[str, str]:
        row = {**dict.fromkeys(ALL.get(table, ()), ""), "sys_id": uuid.uuid4().hex, **values}
        self._table(table)[row["sys_id"]] = row
        return row

    def snapshot(self) -> dict[str, dict[str, dict[str, str]]]:
        return {table: {key: dict(row) for key, row in rows.items()} for table, rows in self.rows.items() if rows}

    def matching(self, table: str, encoded: str) -> list[dict[str, str]]:
        rows = [_filled(table, row) for row in self.all(table)]
        return [row for row in rows if any(_holds(row, group) for group in encoded.split("^NQ"))]

    def _table(self, table: str) -> dict[str, dict[str, str]]:
        return self.rows.setdefault(table, {})

    def _automatic(self, message: str) -> None:
        self.put("sys_rest_message_fn", rest_message=message, function_name="Default GET", http_method="get")

    def _write(self, table: str, sys_id: str, values: Mapping[str, str], verb: str) -> Record:
        row = self._table(table)[sys_id]
        for name, value in values.items():
            known = self.knows.get((table, name), {value})
            if (table, name) not in self.drops and value in known:
                row[name] = value[: self.cuts.get((table, name))]
        self._count(verb, table)
        return _record(row, ())

    def _count(self, verb: str, table: str) -> None:
        self.writes.append((verb, table))
        if self.dies_after is not None and len(self.writes) >= self.dies_after:
            raise Crash


class Host:
    """The instance as scripts see it, recording what they say and send."""

    def __init__(self, instance: Instance, status: int = 202) -> None:
        self.instance = instance
        self.status = status
        self.asked: list[tuple[str, str]] = []
        self.logged: list[str] = []
        self.sent: list[dict[str, Any]] = []
        self.user_sys_id = "f" * 32

    def query(self, table: str, encoded_query: str, limit: int) -> list[dict[str, str]]:
        self.asked.append((table, encoded_query))
        rows = self.instance.matching(table, encoded_query)
        return [dict(row) for row in (rows[:limit] if limit else rows)]

    def insert(self, table: str, values: dict[str, str], user: str) -> dict[str, str]:
        raise AssertionError("a rule of ours writes nothing")

    update = delete = insert

    def display_value(self, table: str, sys_id: str, field: str) -> str:
        return self.instance._table(table)[sys_id][field]

    def variables(self, table: str, sys_id: str) -> dict[str, str]:
        return {}

    def decrypted(self, table: str, sys_id: str, field: str) -> str:
        return self.instance._table(table)[sys_id].get(field, "").removeprefix(CIPHER)

    def property(self, name: str) -> str | None:
        return {"instance_name": "dev12345"}.get(name)

    def now(self) -> float:
        return 0.0

    def log(self, level: str, message: str, source: str) -> None:
        self.logged.append(f"{level}: {message}")

    def user(self, user_name: str) -> dict[str, str]:
        return {"sys_id": self.user_sys_id, "user_name": user_name}

    def send(self, request: dict[str, Any]) -> dict[str, Any]:
        self.sent.append(request)
        error = "" if self.status else f"no route for Bearer {TOKEN}"
        return {"status": self.status, "headers": {}, "body": "", "error": error}

    def engine(self) -> ScriptEngine:
        return ScriptEngine(self, time_limit_s=10)

    def run(self, rule: dict[str, str], current: dict[str, str], operation: str) -> ScriptResult:
        """One rule as the instance runs it: its condition, then its script."""
        return self.engine().run(
            rule["script"], table=rule["collection"], current=current, previous=None, operation=operation,
            user="joe", condition=rule["condition"], name=rule["name"],
        )  # fmt: skip


def _filled(table: str, row: dict[str, str]) -> dict[str, str]:
    """With what the platform's own rules set."""
    if table != "sys_script_include":
        return row
    return {"api_name": f"global.{row['name']}", "sys_scope": "global", **row}


def _record(row: Mapping[str, str], fields: Sequence[str]) -> Record:
    return Record({name: row[name] for name in (fields or row) if name in row})


def _holds(row: Mapping[str, str], group: str) -> bool:
    """AND of terms, where `^OR` adds an alternative to the term before it."""
    terms: list[list[str]] = []
    for part in group.split("^"):
        if part.startswith("ORDERBY") or not part:
            continue
        if part.startswith("OR"):
            terms[-1].append(part.removeprefix("OR"))
        else:
            terms.append([part])
    return all(any(_term(row, term) for term in chain) for chain in terms)


def _term(row: Mapping[str, str], text: str) -> bool:
    form = _TERM.fullmatch(text)
    assert form is not None, text
    there, value = row.get(form["field"], ""), form["value"]
    return {
        "=": there == value,
        "!=": there != value,
        "IN": there in value.split(","),
        "STARTSWITH": there.startswith(value),
        "LIKE": value in there,
        "ISEMPTY": not there,
    }[form["op"]]


@pytest.fixture
def instance() -> Instance:
    return Instance()


@pytest.fixture
def new_host() -> type[Host]:
    return Host


@pytest.fixture
def settings() -> SetupSettings:
    return SetupSettings(
        prefix="a1b2c3d4e5",
        owner="123456789012/eu-west-1/default",
        table="incident",
        webhook_url="https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod/webhook",
        user_sys_id="9" * 32,
    )


@pytest.fixture
def token() -> str:
    return TOKEN
