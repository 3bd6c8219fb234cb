"""The catalog item that workspaces are ordered by, its variables, and the rules about its request items.

What becomes of an order is decided on AWS, once the item's `approval` is `approved`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from servicenow_setup.desired import ASYNC, DELETED, SAVED, business_rule, described, wanted
from servicenow_setup.scripts import rule_script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from servicenow_setup.desired import Wanted
    from servicenow_setup.settings import SetupSettings

PART = "servicenow_setup.workspaces:records"
ITEM, ITEM_NAME = "item/workspace", "Workspace for files"
ORDERS = "sc_req_item"
SERVICE_CATALOG = "e0d08b13c3330100c8b837659bba8fb4"
"""The stock catalog on every instance: the sample of *GET one item* on the page below.

https://www.servicenow.com/docs/r/api-reference/rest-apis/c_ServiceCatalogAPI.html
"""
ITEM_IS_THEIRS = ("name", "short_description", "description", "active", "category", "sc_catalogs")
TEXT, LINES, SELECT, PEOPLE = "6", "2", "5", "21"
"""`item_option_new.type`."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One question of the form. `choices`: value → text, the first one is the default. `about`: help below it."""

    name: str
    question: str
    kind: str = TEXT
    choices: tuple[tuple[str, str], ...] = ()
    about: str = ""


VARIABLES = (
    Variable(
        "action", "What is to be done?", SELECT,
        (("new", "Make a workspace"), ("extend", "Extend a workspace"), ("end", "End a workspace")),
    ),
    Variable(
        "kind", "What is it for?", SELECT,
        (("personal", "One person"), ("team", "A team"), ("demo", "A demo"), ("class", "A class")),
    ),
    Variable("days", "For how many days?", about="Empty: as long as is usual here. Extending counts from its end."),
    Variable("team", "Who shares it?", PEOPLE, about="Each gets a link of their own."),
    Variable("names", "Names, for several at once", LINES, about="One a line, or a file attached to the order."),
    Variable("workspace", "Which workspace?", about="Its id, to extend or end it. Empty: the person's own."),
    Variable("cost_center", "Cost centre", about="Stands on the bill as a tag."),
)  # fmt: skip


def records(settings: SetupSettings, *, inline: bool) -> Iterator[Wanted]:
    """Each, for `servicenow_setup.desired`: the item before what hangs on it."""
    yield _item(settings)
    for number, variable in enumerate(VARIABLES, 1):
        yield _variable(settings, variable, number * 100)
        for place, choice in enumerate(variable.choices, 1):
            yield _choice(settings, variable, choice, place * 100)
    yield _approving(settings)
    yield _telling(settings, "saved", inline=inline)
    yield _telling(settings, "deleted", inline=inline)


def of_our_item(settings: SetupSettings) -> str:
    """An encoded query of request items: by the mark of the item, whatever sys_id the instance gave it."""
    return f"cat_item.metaLIKEprefix:{settings.prefix} kind:{ITEM}^EQ"


def _item(settings: SetupSettings) -> Wanted:
    theirs = {
        "name": ITEM_NAME,
        "short_description": "A private place for files with a page of its own, for some days",
        "description": "You get a link within seconds of the approval. The place ends by itself: you are warned, may"
        " extend it, and what is in it is archived before it is deleted.",
        "active": "true", "category": "", "sc_catalogs": SERVICE_CATALOG,
    }  # fmt: skip
    mark = described(settings, ITEM, "Name, texts, active, category and catalogs are yours.", theirs)
    item = wanted(settings, ITEM, "sc_cat_item", {**theirs, "no_quantity": "true", "meta": mark})
    return replace(item, theirs=ITEM_IS_THEIRS)


def _variable(settings: SetupSettings, variable: Variable, order: int) -> Wanted:
    """The words of the form are a first proposal, and the customer's from then on."""
    values = {
        "name": variable.name, "type": variable.kind, "mandatory": str(bool(variable.choices)).lower(),
        "default_value": variable.choices[0][0] if variable.choices else "",
        "list_table": "sys_user" if variable.kind == PEOPLE else "",
    }  # fmt: skip
    made = wanted(settings, f"variable/{variable.name}", "item_option_new", values, cat_item=ITEM)
    words = {"question_text": variable.question, "help_text": variable.about, "order": str(order)}
    return replace(made, given={**made.given, **words})


def _choice(settings: SetupSettings, variable: Variable, choice: tuple[str, str], order: int) -> Wanted:
    value, text = choice
    kind = f"choice/{variable.name}/{value}"
    made = wanted(settings, kind, "question_choice", {"value": value}, question=f"variable/{variable.name}")
    return replace(made, given={**made.given, "text": text, "order": str(order)})


def _approving(settings: SetupSettings) -> Wanted:
    """Where a flow of the customer's asks somebody, they take *Active* away, or narrow the filter."""
    text = "Approves orders of workspaces. Filter, order and active are yours: deactivate it where somebody approves."
    script = rule_script(settings, "order_approved", inline=False)
    return _rule(settings, "order approved", text, on=("insert",), when="before", condition="", script=script)


def _telling(settings: SetupSettings, what: str, *, inline: bool) -> Wanted:
    """What our user writes is no news, but for what it orders. A deletion runs in the transaction, as for incidents."""
    deletion = what == "deleted"
    others = f"gs.getUserID() != {json.dumps(settings.user_sys_id)} || current.operation() == 'insert'"
    text = "Tells AWS of orders of workspaces. Filter, order and active are yours; the rest is restored."
    rule = _rule(
        settings, f"order {what}", text, on=DELETED if deletion else SAVED, when="after" if deletion else ASYNC,
        condition=others, script=rule_script(settings, f"order_{what}", inline=inline),
    )  # fmt: skip
    return replace(rule, without="deleted orders are found by the sweep") if deletion else rule


def _rule(settings: SetupSettings, name: str, text: str, *, on: tuple[str, ...], **values: str) -> Wanted:
    kind, title = f"rule/{name.replace(' ', '_')}/{ORDERS}", f"{settings.prefix} AWS {name}"
    return business_rule(settings, kind, text, of_our_item(settings), on=on, name=title, collection=ORDERS, **values)
