"""Reads what stands in the instance: our records, and foreign ones that bear one of our names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from integration.clients.servicenow.query import Query
from servicenow_setup.columns import ALL, CATALOG, HEADERS, PARAMETERS, PARENTS, name_of, normal
from servicenow_setup.desired import CREDENTIAL, CREDENTIAL_USER, FUNCTION, desired
from servicenow_setup.errors import Declined, MissingRole
from servicenow_setup.marker import START, Marker, marker_in
from servicenow_setup.missing_role import missing, naming_role, sign_in
from servicenow_setup.settings import credential_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from integration.clients.servicenow.record import Record
    from servicenow_setup.desired import Wanted
    from servicenow_setup.settings import SetupSettings

EXTRA = "extra"
"""A child of a record of ours that we did not make: left alone, and removed together with its parent."""
MARKED_IN = {"sc_cat_item": "meta"}
"""Where the mark stands, if not in the description: people read that of an item before they order it."""
AUTOMATIC, AUTOMATIC_NAME = "automatic", "Default GET"
"""The GET function that an instance makes by itself with every REST message."""


class Client(Protocol):
    """The part of `integration.clients.servicenow.table.Table` that a setup needs."""

    def get(self, table: str, sys_id: str, fields: Sequence[str] = ()) -> Record | None: ...
    def query(self, table: str, query: Query, fields: Sequence[str] = ()) -> list[Record]: ...
    def first_page(
        self, table: str, query: Query, fields: Sequence[str] = (), page: int = ...
    ) -> tuple[list[Record], int]: ...
    def create(self, table: str, values: Mapping[str, str]) -> Record: ...
    def update(self, table: str, sys_id: str, values: Mapping[str, str], *, displayed: bool = False) -> Record: ...
    def delete(self, table: str, sys_id: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Found:
    """One record. `kind` is what we made it as, empty for a stranger's; `prefix` the deployment's at that time."""

    kind: str
    table: str
    sys_id: str
    values: Mapping[str, str]
    prefix: str
    marker: Marker | None = None

    @property
    def name(self) -> str:
        return name_of(self.values)


@dataclass(frozen=True, slots=True)
class Actual:
    """`ours` holds former prefixes and modules of this deployment too; `foreign` bears our names and is not ours."""

    ours: tuple[Found, ...]
    foreign: tuple[Found, ...] = ()


def read(client: Client, settings: SetupSettings) -> Actual:
    """Raises `MissingRole` where a table may not be read, and what the client raises for an instance in trouble."""
    sign_in(client, settings.user_sys_id)
    mine = {wanted.sys_id: wanted for wanted in desired(settings).records}
    messages = _marked(client, settings, "sys_rest_message", mine)
    marked = [*_marked(client, settings, "sys_script_include", mine), *_marked(client, settings, "sys_script", mine)]
    ours = [found for found in messages if found.kind]
    functions = _children(client, settings.prefix, "sys_rest_message_fn", ours, mine)
    details = [
        found for table in (HEADERS, PARAMETERS) for found in _children(client, settings.prefix, table, functions, mine)
    ]
    prefixes = {settings.prefix} | {found.prefix for found in (*messages, *marked) if found.kind}
    credentials = [found for prefix in sorted(prefixes) for found in _credentials(client, prefix)]
    everything = (*messages, *functions, *details, *credentials, *marked, *_catalog(client, settings, mine))
    return Actual(
        ours=tuple(found for found in everything if found.kind),
        foreign=tuple(found for found in everything if not found.kind),
    )


def stored(client: Client, table: str, sys_id: str) -> Mapping[str, str] | None:
    """The columns of ours as the instance has them now; None: it says there is no such record, or hides it."""
    record = client.get(table, sys_id, fields=("sys_id", *ALL[table]))
    return None if record is None else _values(table, record)


def _catalog(client: Client, settings: SetupSettings, mine: Mapping[str, Wanted]) -> list[Found]:
    """Items with their variables and choices. Who wants none needs no right to look: what was left goes if it can be
    seen.
    """
    wanted = any(record.table in CATALOG for record in mine.values())
    try:
        items = _marked(client, settings, "sc_cat_item", mine)
        if not items and not wanted:
            return []
        variables = _children(client, settings.prefix, "item_option_new", [one for one in items if one.kind], mine)
        return [*items, *variables, *_children(client, settings.prefix, "question_choice", variables, mine)]
    except (MissingRole, Declined):
        if wanted:
            raise
        return []


def _marked(client: Client, settings: SetupSettings, table: str, mine: Mapping[str, Wanted]) -> list[Found]:
    """By marker, by sys_id (a person may have cleared the description) and by name (to notice strangers)."""
    names = [wanted.name for wanted in mine.values() if wanted.table == table]
    column = MARKED_IN.get(table, "description")
    asked = f"{column}LIKE{START}{settings.owner}^ORsys_idIN{_ids(table, mine)}^ORnameIN{','.join(names)}"
    found = []
    for record in _rows(client, table, Query().filtered_by(asked)):
        values = _values(table, record)
        marker = marker_in(values[column])
        if marker is not None and marker.owner == settings.owner:
            found.append(Found(marker.kind, table, record.sys_id, values, marker.prefix, marker))
        elif record.sys_id in mine:
            found.append(Found(mine[record.sys_id].kind, table, record.sys_id, values, settings.prefix))
        elif values["name"] in names:
            found.append(Found("", table, record.sys_id, values, ""))
    return found


def _children(
    client: Client, prefix: str, table: str, parents: Sequence[Found], mine: Mapping[str, Wanted]
) -> list[Found]:
    """By parent, and by sys_id: what is left of ours after a person deleted its parent would be in our way."""
    reference = PARENTS[table]
    above = {parent.sys_id: parent for parent in parents}
    asked = f"sys_idIN{_ids(table, mine)}" + (f"^OR{reference}IN{','.join(above)}" if above else "")
    found = []
    for record in _rows(client, table, Query().filtered_by(asked)):
        values = _values(table, record)
        parent = above.get(values[reference])
        if parent is not None:
            found.append(Found(_child_kind(table, values, parent), table, record.sys_id, values, parent.prefix))
        elif record.sys_id in mine:
            found.append(Found(mine[record.sys_id].kind, table, record.sys_id, values, prefix))
    return found


def _ids(table: str, mine: Mapping[str, Wanted]) -> str:
    return ",".join(sys_id for sys_id, wanted in mine.items() if wanted.table == table)


def _child_kind(table: str, values: Mapping[str, str], parent: Found) -> str:
    if table == "sys_rest_message_fn":
        return {"POST": FUNCTION, AUTOMATIC_NAME: AUTOMATIC}.get(values["function_name"], EXTRA)
    if table == "item_option_new":
        return f"variable/{values['name']}"
    if table == "question_choice":
        return f"choice/{parent.name}/{values['value']}"
    if parent.kind != FUNCTION:
        return EXTRA
    return f"{'header' if table == HEADERS else 'parameter'}/{values['name']}"


def _credentials(client: Client, prefix: str) -> list[Found]:
    """Ours carry our user_name, behind which a token's mark may stand, or, made by hand, at least our name."""
    return [
        Found(CREDENTIAL, "discovery_credentials", record.sys_id, values, prefix)
        for record in _rows(client, "discovery_credentials", credential_query(prefix))
        if (values := credential_values(_values("discovery_credentials", record), prefix))
    ]


def credential_query(prefix: str) -> Query:
    return Query().filtered_by(f"user_nameSTARTSWITH{CREDENTIAL_USER} {prefix}^ORname={credential_name(prefix)}")


def credential_values(values: dict[str, str], prefix: str) -> dict[str, str]:
    """Without the token's mark; empty for another deployment's."""
    words = values["user_name"].split(" ")
    if words[:2] == [CREDENTIAL_USER, prefix]:
        return values | {"user_name": " ".join(words[:2])}
    return values if values["name"] == credential_name(prefix) else {}


def _rows(client: Client, table: str, query: Query) -> list[Record]:
    with naming_role(table, "read"):
        return client.query(table, query.order_by("sys_id"), fields=("sys_id", *ALL[table]))


def _values(table: str, record: Record) -> dict[str, str]:
    """An instance leaves out columns a user may not read; taking them for empty would show false changes."""
    hidden = [name for name in ALL[table] if not record.has(name)]
    if hidden:
        raise missing(table, "read", hidden)
    return {name: normal(name, record.value(name)) for name in ALL[table]}
