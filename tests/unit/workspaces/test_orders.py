"""A request item as it stands, out of what an instance answers."""

from __future__ import annotations

import base64
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from integration.clients.errors import Misconfigured, Missing, Refused, Unavailable
from integration.clients.servicenow.answer import Answer
from integration.workspaces.model import Action, BadOrder, Standing, WorkspaceKind
from integration.workspaces.orders import COLUMNS, NAME, TABLE, VALUE, VALUES, ServiceNowOrders, standing_of
from integration.workspaces.ports import NotShown
from servicenow_setup.workspaces import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration.workspaces.model import Order

ITEM, ADA, BOB = "1" * 32, "a" * 32, "b" * 32
MARK = "prefix:abc kind:item/workspace "
STANDS = {
    **dict.fromkeys(COLUMNS, ""), "sys_id": ITEM, "number": "RITM1", "state": "1", "active": "true",
    "approval": "approved", "quantity": "1", "cat_item": "c" * 32, "cat_item.meta": f"[aws owner:x {MARK}set:y]",
    "requested_for": ADA, "requested_for.name": "Ada Lovelace", "requested_for.active": "true",
}  # fmt: skip


class _Content:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def iter(self) -> Iterator[bytes]:
        yield self.content


@dataclass
class Instance:
    """Answers as an instance does, a row for each question of the form. `batches`: whether that API is open.
    `keeps_state`: a rule puts the state back; `refuses_state`: another takes nothing where it is written. `hides`:
    columns, and rows by their table's name, that are not shown.
    """

    item: dict[str, str] | None = field(default_factory=lambda: dict(STANDS))
    variables: dict[str, str] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    batches: bool = True
    keeps_state: bool = False
    refuses_state: bool = False
    hides: frozenset[str] = frozenset()
    calls: list[str] = field(default_factory=list)

    def call(
        self,
        method: str,
        path: str,
        table: str,
        params: dict[str, str] | None = None,
        body: dict[str, Any] | None = None,
        *,
        write: bool | None = None,
    ) -> Answer:
        self.calls.append(f"{method} {table}")
        if table == "batch":
            return self._batch(body or {})
        if method == "PATCH":
            return Answer(200, {}, {"result": self._patched(body or {})})
        found, total = self._seen(self._read(path, table, params or {}), table)
        return Answer(200, total, {"result": found})

    def _seen(self, found: Any, table: str) -> tuple[Any, dict[str, str]]:
        """Columns are left out, rows too, once they are counted; a record is answered as if it were not there."""

        def shown(row: dict[str, Any]) -> dict[str, Any]:
            return {name: value for name, value in row.items() if name not in self.hides}

        if not isinstance(found, list):
            if table in self.hides:
                raise Missing("servicenow", "No Record found")
            return shown(found), {}
        left = found[1:] if f"one of {table}" in self.hides else [] if table in self.hides else found
        return [shown(row) for row in left], {"X-Total-Count": str(len(found))}

    def _batch(self, body: dict[str, Any]) -> Answer:
        if not self.batches:
            raise Misconfigured("servicenow", "closed")
        served = [self._part(each["id"], each["url"]) for each in body["rest_requests"]]
        return Answer(200, {}, {"serviced_requests": served})

    def _part(self, number: str, url: str) -> dict[str, Any]:
        path, _, params = url.partition("?")
        try:
            table = path.split("/table/")[-1].split("/")[0]
            found, total = self._seen(self._read(path, table, {"sysparm_query": params}), table)
            answer: dict[str, Any] = {"result": found}
            status = 200
        except Missing:
            answer, status, total = (
                {"error": {"message": "No Record found", "detail": ""}, "status": "failure"},
                404,
                {},
            )
        return {
            "id": number, "status_code": status, "headers": [{"name": k, "value": v} for k, v in total.items()],
            "body": base64.b64encode(json.dumps(answer).encode()).decode(),
        }  # fmt: skip

    def _read(self, path: str, _table: str, params: dict[str, str]) -> Any:
        if "sc_item_option_mtom" in path:
            form = dict.fromkeys((each.name for each in VARIABLES), "") | self.variables
            rows = [{"sys_id": f"{n}" * 32, NAME: name, VALUE: value, "request_item": ITEM}
                    for n, (name, value) in enumerate(form.items(), 2)]  # fmt: skip
            return [_shown(row) for row in rows]
        if "sys_user" in path:
            return [_shown({"sys_id": BOB, "name": "Bob"})]
        if path.endswith("/attachment"):
            return [
                {"sys_id": f"{n}" * 32, "file_name": name, "size_bytes": str(len(content)), "table_name": "sc_req_item",
                 "table_sys_id": ITEM} for n, (name, content) in enumerate(self.files.items(), 2)
            ]  # fmt: skip
        if "sys_journal_field" in path:
            return [
                _shown({"sys_id": f"{n}", "element": "comments", "element_id": ITEM, "name": "sc_req_item",
                        "value": text, "sys_created_on": "2026-11-29 10:00:00", "sys_created_by": "x"})
                for n, (_, text) in enumerate(self.notes)
            ]  # fmt: skip
        if path.endswith("/sc_req_item"):
            return [] if self.item is None else [_shown(self.item)]
        if self.item is None:
            raise Missing("servicenow", "No Record found")
        return _shown({**self.item, "comments_and_work_notes": ""})

    def _patched(self, body: dict[str, str]) -> Any:
        assert self.item is not None
        if self.refuses_state and "state" in body:
            raise Refused("servicenow", "Data Policy Exception: Close notes is mandatory")
        self.notes += [(name, text) for name, text in body.items() if name in {"comments", "work_notes"}]
        self.item["state"] = self.item["state"] if self.keeps_state else body.get("state", self.item["state"])
        return _shown(self.item)

    @contextmanager
    def open(self, path: str, _table: str) -> Iterator[_Content]:
        number = int(path.split("/")[-2][0]) - 2
        yield _Content(list(self.files.values())[number])

    def upload(self, _path: str, _table: str, params: dict[str, str], content: Any, _kind: str) -> Answer:
        self.calls.append("POST file")
        raw = b"".join(content)
        self.files[params["file_name"]] = raw
        return Answer(201, {}, {"result": {"sys_id": "f" * 32, "size_bytes": str(len(raw)), "hash": ""}})


def _shown(row: dict[str, str]) -> dict[str, Any]:
    return {name: {"value": value, "display_value": value} for name, value in row.items()}


def orders(instance: Instance) -> ServiceNowOrders:
    return ServiceNowOrders(lambda: instance, lambda: "dev1", MARK, lambda: 7.0)  # type: ignore[arg-type, return-value]  # the twin


def read(instance: Instance) -> Order:
    order = orders(instance).read(ITEM)
    assert order is not None
    return order


def test_an_order_is_read_with_its_variables_in_one_call() -> None:
    """The person is the record it is for, whoever opened it; what is left empty has no value."""
    instance = Instance(variables={"action": "new", "kind": "personal", "days": "", "cost_center": "4711"})
    order = read(instance)
    assert instance.calls == ["POST batch"]
    assert order.person.key == f"sn/dev1/{ADA}"
    assert order.person.shown == "Ada Lovelace"
    assert (order.action, order.kind, order.days, order.cost_center) == (
        Action.NEW, WorkspaceKind.PERSONAL, None, "4711",
    )  # fmt: skip
    assert (order.number, order.catalog, order.standing, order.quantity, order.seen_at) == (
        "RITM1", True, Standing.APPROVED, 1, 7.0,
    )  # fmt: skip
    assert not order.inactive


def test_where_batches_are_closed_it_takes_two_calls() -> None:
    """And says the same."""
    instance = Instance(variables={"days": "30"}, batches=False)
    assert read(instance) == read(Instance(variables={"days": "30"}))
    assert instance.calls == ["POST batch", "GET sc_req_item", "GET sc_item_option_mtom"]


def test_a_deleted_item_and_one_of_another_catalog_item() -> None:
    """The first is a word of its own, the second nobody's business here."""
    assert read(Instance(item=None)).standing is Standing.DELETED
    assert orders(Instance(item=STANDS | {"cat_item.meta": "something else"})).read(ITEM) is None


@pytest.mark.parametrize(
    ("state", "active", "approval", "standing"),
    [
        ("1", "true", "approved", Standing.APPROVED),
        ("2", "true", "approved", Standing.APPROVED),
        ("1", "true", "requested", Standing.WAITING),
        ("1", "true", "not requested", Standing.WAITING),
        ("1", "true", "", Standing.WAITING),
        ("4", "false", "rejected", Standing.WITHDRAWN),
        ("1", "true", "cancelled", Standing.WITHDRAWN),
        ("3", "false", "approved", Standing.CLOSED),
        ("4", "false", "approved", Standing.CLOSED),
        ("7", "true", "approved", Standing.CLOSED),
        ("8", "false", "approved", Standing.CLOSED),
        ("3", "false", "requested", Standing.CLOSED),
    ],
)
def test_how_an_item_stands(state: str, active: str, approval: str, standing: Standing) -> None:
    """Approved counts, and nothing else; closed in whatever way is closed."""
    assert standing_of(state, active, approval) is standing


def test_the_person_may_stand_on_the_request_only() -> None:
    """Older instances have no such column on the item; nobody at all is said."""
    moved = {"requested_for": "", "request.requested_for": BOB, "request.requested_for.name": "Bob",
             "request.requested_for.active": "false"}  # fmt: skip
    order = read(Instance(item=STANDS | moved))
    assert (order.person.key, order.inactive) == (f"sn/dev1/{BOB}", True)
    with pytest.raises(BadOrder, match="Requested for"):
        read(Instance(item=STANDS | {"requested_for": ""}))


def test_a_team_of_users_and_names() -> None:
    """Who is chosen is a record, who is written down a name."""
    order = read(Instance(variables={"kind": "team", "team": f"{BOB}, Eve"}))
    assert [person.key for person in order.team] == [f"sn/dev1/{BOB}", "name/eve"]


def test_names_from_the_form_or_a_file() -> None:
    """One a line; of a table the first column; another file is left alone."""
    assert read(Instance(variables={"kind": "class", "names": "a\nb"})).names == ("a", "b")
    files = {"photo.png": b"x", "names.csv": b'\xef\xbb\xbf"Ada",1\nBob,2\n'}
    assert read(Instance(variables={"kind": "class"}, files=files)).names == ("Ada", "Bob")
    assert read(Instance(variables={"kind": "class"})).names == ()


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [({"days": "soon"}, "no number"), ({"days": "1.5"}, "no number"), ({"action": "eat"}, "new, extend, end"),
     ({"kind": "x"}, "personal, team")],
)  # fmt: skip
def test_variables_that_make_no_sense(variables: dict[str, str], sentence: str) -> None:
    """Each with a sentence for the item."""
    with pytest.raises(BadOrder, match=sentence):
        read(Instance(variables=variables))


def test_a_note_closes_the_item_and_is_found_again() -> None:
    """A comment, which the person sees, or a work note; by its mark."""
    instance = Instance()
    port = orders(instance)
    port.tell(ITEM, "ready [workspace w #1]", close=True)
    port.tell(ITEM, "aside [workspace w #2]", private=True)
    assert [name for name, _ in instance.notes] == ["comments", "work_notes"]
    assert instance.item is not None
    assert instance.item["state"] == "3"
    assert port.said(ITEM, "[workspace w #1]")
    assert not port.said(ITEM, "[workspace w #3]")
    assert not orders(Instance(item=None)).said(ITEM, "x")


def test_an_instance_that_keeps_the_state_is_told_of() -> None:
    """Its answer counts, not what it was sent."""
    with pytest.raises(Refused, match="state was not taken"):
        orders(Instance(keeps_state=True)).tell(ITEM, "ready", close=True)


def test_an_item_that_may_not_be_closed_takes_the_note_all_the_same() -> None:
    """Else nobody had the link; that it stays open is told as before."""
    instance = Instance(refuses_state=True)
    with pytest.raises(Refused, match="refused"):
        orders(instance).tell(ITEM, "ready", close=True)
    assert instance.notes == [("comments", "ready")]


def test_a_list_is_attached_once() -> None:
    """Whoever died after it finds it there."""
    instance = Instance()
    for _ in range(2):
        orders(instance).attach(ITEM, "workspaces.csv", "name,link\n")
    assert instance.calls.count("POST file") == 1


@pytest.mark.parametrize("batches", [True, False])
@pytest.mark.parametrize(
    "hidden",
    [
        "state",
        "active",
        "approval",
        "quantity",
        "number",
        "requested_for.active",
        NAME,
        VALUE,
        VALUES,
        f"one of {VALUES}",
    ],
)
def test_what_of_an_order_is_not_shown_is_not_known(hidden: str, batches: bool) -> None:
    """A column, every answer of the form, or one of them: an order to end would be one to make. The reason is said."""
    instance = Instance(variables={"action": "end"}, hides=frozenset({hidden}), batches=batches)
    with pytest.raises(NotShown, match=r"form are not shown|no column"):
        orders(instance).read(ITEM)


@pytest.mark.parametrize(
    ("hidden", "variables", "sentence"),
    [
        ({"requested_for", "request.requested_for"}, {}, "no column request.requested_for"),
        ({"sys_user"}, {"kind": "team", "team": BOB}, "1 of those chosen for the team are not shown"),
        ({"name"}, {"kind": "team", "team": BOB}, "no column name"),
        ({"file_name"}, {"kind": "class"}, "no column file_name"),
        ({"size_bytes"}, {"kind": "class"}, "no column size_bytes"),
        ({"sys_attachment"}, {"kind": "class"}, "2 of 2 files beside it are not shown"),
        ({"one of sys_attachment"}, {"kind": "demo"}, "1 of 2 files beside it are not shown"),
    ],
)
def test_people_and_files_that_are_not_shown_are_not_nobody(
    hidden: set[str], variables: dict[str, str], sentence: str
) -> None:
    """Nor is a user who is not shown the name of somebody."""
    instance = Instance(variables=variables, hides=frozenset(hidden), files={"a.pdf": b"", "names.csv": b"Ada"})
    with pytest.raises(NotShown, match=sentence):
        orders(instance).read(ITEM)


def test_hidden_files_are_nothing_to_an_order_that_says_its_names() -> None:
    instance = Instance(
        variables={"kind": "class", "names": "Ada"}, hides=frozenset({"sys_attachment"}), files={"x.csv": b"Bob"}
    )
    assert read(instance).names == ("Ada",)


def test_a_person_whose_name_is_not_shown_is_known_by_the_record() -> None:
    """The name is only shown to people, and decides nothing."""
    order = read(Instance(hides=frozenset({"requested_for.name"})))
    assert (order.person.key, order.person.shown) == (f"sn/dev1/{ADA}", ADA)


@pytest.mark.parametrize("batches", [True, False])
def test_an_item_that_is_counted_and_not_shown_is_not_deleted(batches: bool) -> None:
    """Nor one whose catalog item is not shown another's. Nothing is written there, since nobody knows whose it is."""
    for hidden in (TABLE, "cat_item.meta"):
        with pytest.raises(Misconfigured, match=r"counted|cat_item.meta") as raised:
            orders(Instance(hides=frozenset({hidden}), batches=batches)).read(ITEM)
        assert not isinstance(raised.value, NotShown)


def test_a_journal_that_is_not_shown_holds_perhaps_what_was_said() -> None:
    """Said again, it would be there twice. What is displayed of it, where its rows are hidden, is enough."""
    instance = Instance(hides=frozenset({"sys_journal_field", "comments_and_work_notes"}))
    orders(instance).tell(ITEM, "ready [workspace w #1]")
    with pytest.raises(Misconfigured, match="journal"):
        orders(instance).said(ITEM, "[workspace w #1]")
    instance.hides = frozenset({"sys_journal_field"})
    assert not orders(instance).said(ITEM, "[workspace w #1]")


def test_a_state_that_is_not_shown_is_not_taken() -> None:
    """The note is said once all the same, as with one that a rule puts back."""
    with pytest.raises(Refused, match="state was not taken"):
        orders(Instance(hides=frozenset({"state"}), keeps_state=True)).tell(ITEM, "ready", close=True)


def test_what_does_not_answer_is_raised() -> None:
    """Nothing is concluded from a failed read."""

    class Silent(Instance):
        def call(self, *_given: Any, **_named: Any) -> Answer:
            raise Unavailable("servicenow", "no answer")

    with pytest.raises(Unavailable):
        orders(Silent()).read(ITEM)
