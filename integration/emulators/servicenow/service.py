"""One emulated instance: its parts, wired, and the few things that need several of them."""

from __future__ import annotations

import random
import re
import threading
from typing import TYPE_CHECKING, Any

from integration.emulators.kit import service as kit
from integration.emulators.kit.jobs import Jobs

from .acl import Access
from .catalog_flows import CatalogFlows
from .change_flows import Flows
from .clock import Clock
from .display import Renderer
from .encryption import Cipher, hashed
from .faults import Fault
from .flow_queue import FlowQueue
from .incoming import Incoming
from .javascript import Gs
from .journal import Journal
from .matching import Matcher
from .oauth import TokenOffice
from .outbound import Outbound
from .query import Query, parse
from .rules import BusinessRules
from .seed import offered, plant_all, plant_choices
from .settings import Settings
from .store import Store
from .switches import Switches
from .tables import SIR_TABLES, base_schema
from .writes import Writes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .session import Session
    from .store import Row

QUIET = frozenset({"sys_dictionary", "sys_db_object", "sys_choice", "syslog"})
"""Tables that a dump leaves out unless it asks for them by name."""
_KEYS, _SYS_ID = frozenset({"ref", "guid", "document_id"}), re.compile("[0-9a-f]{32}")
NO_ROWS = "glide.invalid_query.returns_no_rows"


class Service(kit.Service[Switches, Fault]):
    """All state of one instance. `close` ends its threads and removes its files."""

    NAME = "servicenow"
    clock: Clock

    def __init__(
        self, *, clock: Clock | None = None, seed: int | None = None, switches: Switches | None = None
    ) -> None:
        super().__init__(switches or Switches(), Fault, clock or Clock())
        self.random = random.Random(seed)  # noqa: S311 - ids of an emulator; tokens come from `secrets`
        self.schema = base_schema()
        self.store = Store(self.schema, self.changes)
        self.settings = Settings(self.store, self.schema, self.switches)
        self.cipher = Cipher()
        self.journal = Journal(self.store, self.schema)
        self.access = Access(self.store, self.schema, self.switches)
        self.renderer = Renderer(self.store, self.schema, self.settings, self.journal, self.access)
        self.matcher = Matcher(self.store, self.schema, self.clock, self.renderer.plain)
        self.incoming = Incoming(self.store, self.schema, self.settings, self.switches, self.renderer, self.cipher)
        self.jobs = Jobs()
        self.outbound = Outbound(self.clock)
        self.rules = BusinessRules(self)
        self.writes = Writes(self)
        self.flow_queue = FlowQueue(self)
        self.flows = Flows(self)
        self.catalog = CatalogFlows(self)
        self.oauth = TokenOffice(self)
        self.passwords: dict[str, str] = {}
        self._ids = threading.Lock()
        self._chosen: tuple[object, ...] = ()
        self.switched()
        plant_all(self)

    def reset(self) -> None:
        """Back to the seeded state: records, tokens, faults, counts, waiting jobs. Switches and clock stay."""
        self.jobs.clear()
        self.outbound.reset()
        self.oauth.clear()
        self.passwords.clear()
        self.flow_queue.clear()
        self.flows.clear()
        fresh = base_schema()
        with self.store.lock:
            self.schema.replace(fresh)
            super().reset()
            plant_all(self)

    def close(self) -> None:
        self.outbound.stop()
        self.jobs.stop()
        super().close()

    def switched(self) -> None:
        """Makes switches take effect that other parts keep a copy of."""
        self.schema.hidden.clear()
        if not self.switches.sir_plugin:
            self.schema.hidden.update(SIR_TABLES)
        chosen = offered(self.switches)
        if chosen != self._chosen and self.store.rows("sys_choice"):
            plant_choices(self)
        self._chosen = chosen

    def overview(self) -> dict[str, Any]:
        counts = {name: len(self.store.rows(name)) for name in ("incident", "sn_si_incident", "sys_script")}
        return {"instance_name": self.settings.property("instance_name"), "records": counts}

    def state(self, **asked: list[str]) -> Any:
        """Records by table, those of `table` or all but what stands in `QUIET`; of columns named, with these values."""
        named = asked.pop("table", [])
        equal = {column: values[0] for column, values in asked.items()}
        tables = named or [name for name in self.schema.tables if name not in QUIET]
        store = self.store
        found = {t: store.find(t, **equal) if equal else store.rows(t) for t in tables if t in self.schema}
        own = {t: [r for r in rows if r.get("sys_class_name", t) == t or named] for t, rows in found.items()}
        return {"tables": {name: rows for name, rows in own.items() if rows or named}, "last": self.changes.last}

    def new_id(self) -> str:
        with self._ids:
            return f"{self.random.getrandbits(128):032x}"

    def file_of(self, attachment_id: str) -> Path:
        """Where the bytes of an attachment lie; its name is ours, not the caller's."""
        return self.files / attachment_id

    def set_password(self, user_name: str, password: str) -> None:
        """For basic authentication of a user who exists."""
        self.passwords[user_name] = password
        user = self.store.find("sys_user", user_name=user_name)[0]
        self.plant("sys_user", {**user, "user_password": hashed(password)})

    def gs(self, session: Session) -> Gs:
        return Gs(session, self.clock.now(), self.renderer.zone(session), self.settings.property)

    def search(self, session: Session, table: str, query: Query) -> list[Row]:
        """All rows that match, ordered, whoever may see them."""
        strict = self.settings.is_on(NO_ROWS) or self.switches.unknown_column == "none"
        matches = self.matcher.predicate(query, table, self.gs(session), strict=strict)
        rows = [row for row in self._candidates(table, query) if matches(row)]
        if not query.order and self.switches.unordered == "shuffled":
            self.random.shuffle(rows)
        return self.matcher.sorted(rows, query.order, table)

    def _candidates(self, table: str, query: Query) -> list[Row]:
        """All rows, or those of an index where every match must have one sys_id in one column."""
        columns, groups = self.schema.columns(table), query.groups
        for term in (each[0] for each in (groups[0] if len(groups) == 1 else ()) if len(each) == 1):
            column = columns.get(term.field)
            keyed = column is not None and column.type in _KEYS and term.operator == "="
            if keyed and _SYS_ID.fullmatch(term.value):
                return self.store.find(table, **{term.field: term.value})
        return self.store.rows(table)

    def search_text(self, session: Session, table: str, encoded: str) -> list[Row]:
        return self.search(session, table, parse(encoded))

    def plant(self, table: str, values: Mapping[str, str]) -> Row:
        """Store a record as it is, past rules and policies: seeds, and what an import loads."""
        now = self.clock.stamp()
        row = self.store.completed(table, values, values.get("sys_id") or self.new_id(), now)
        if self.store.row(table, row["sys_id"]) is not None:
            return self.store.change(table, row["sys_id"], row, now, "admin")
        return self.store.insert(table, row, now, "admin")

    def log(self, message: str, source: str, level: str = "0") -> None:
        """A row of syslog; `level` -1 debug, 0 info, 1 warning, 2 error."""
        self.plant("syslog", {"message": message, "source": source, "level": level})
