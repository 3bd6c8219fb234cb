"""The checks of workspaces: whether they can be ordered and orders be read, and whether API and queue are in order."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import requests

from integration.aws.errors import raising_ours
from integration.clients.errors import RemoteError
from integration.clients.servicenow.query import Query
from integration.clients.servicenow.table import Table
from integration.connection.probe import CLOSED
from integration.operations.checking.dead_letters import dead_letters
from integration.operations.checking.own import Checks
from integration.operations.checking.silence import silent
from integration.operations.checking.verdict import Verdict, fail, ok, skip, warn
from integration.operations.deployment.cloudformation import Stacks
from integration.operations.terminal.output import command
from integration.operations.workspaces.outputs import OUTPUT_KEY, OUTPUT_URL
from integration.workspaces import names as w
from integration.workspaces.declaration import WORKSPACES
from integration.workspaces.model import BadOrder
from integration.workspaces.orders import ServiceNowOrders
from integration.workspaces.unheard import REACH_S
from integration.workspaces.wiring import ITEM_KIND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from integration.clients.servicenow.http import Http
    from integration.operations.deployment.cloudformation import Stack
    from integration.operations.deployment.deployed import Deployed

ITEM, ORDER, API, KEY, PAGE, QUEUE = (
    "catalog item", "request items", "workspace API", "workspace key", "workspace page", "workspace queue",
)  # fmt: skip
MARK = f"kind:{ITEM_KIND} "
KEYLESS = 403
"""Of a call without a key: API Gateway's own answer, no function starts."""
PATIENCE_S = 15
READABLE = "Let the integration user read it: an access rule (ACL) of the instance hides it."


def instance(http: Http) -> Iterator[Verdict]:
    """Reads only."""
    yield _item(http)
    yield _looked(ORDER, lambda: _order(http), READABLE)


def _looked(subject: str, look: Callable[[], Verdict], then: str) -> Verdict:
    try:
        return look()
    except RemoteError as error:
        return fail(subject, f"could not be looked at: {error}", then)


def _item(http: Http) -> Verdict:
    asked = Query().filtered_by(f"metaLIKE{MARK}")
    try:
        rows = Table(http).query("sc_cat_item", asked, ("active", "meta"), limit=1)
        found = [row for row in rows if MARK in row.value("meta")]
    except RemoteError as error:
        return skip(ITEM, f"not looked at, since no pass has to read it: {error}")
    if not found:
        return fail(ITEM, "there is none of workspaces: nobody can order", command("workspace deploy", "", "…"))
    if found[0].value("active") != "true":
        return warn(ITEM, "it is not active: nobody can order", "Set Active on it, if people are to order.")
    return ok(ITEM, "people can order")


def _order(http: Http) -> Verdict:
    """The newest is read as a pass reads it, with every answer of its form; all are listed as the look lists them."""
    asked = Query().contains("cat_item.meta", MARK.strip()).descending_by("sys_created_on")
    found, total = Table(http).first_page(w.ITEMS_TABLE, asked, ("number",), page=1)
    if total and not found:
        return fail(ORDER, f"{total} are counted, and the newest is not shown", READABLE)
    orders = ServiceNowOrders(lambda: http, str, MARK, time.time)
    if not (found and _read(orders, found[0].sys_id)):
        return skip(ORDER, "none was ordered yet, so none was read")
    if hidden := orders.listed(time.time() - REACH_S, time.time()).hidden:
        return fail(ORDER, f"{hidden} of those that are open or were taken back are counted, and not shown", READABLE)
    return ok(ORDER, f"{found[0].value('number')} is read as a pass reads it, with its answers; lost ones are found")


def _read(orders: ServiceNowOrders, sys_id: str) -> bool:
    """Whether it is one of ours; what makes no sense in it is its own matter."""
    try:
        return orders.read(sys_id) is not None
    except BadOrder:
        return True


def deployment(deployed: Deployed) -> Iterator[Verdict]:
    """Reads only; a call without a key starts no function, the page's starts one that reads nothing."""
    stack = Stacks(deployed.account).get(deployed.names.of(w.STACK))
    again = command("workspace deploy", deployed.names.name, "… (as before)")
    if stack is None or OUTPUT_URL not in stack.outputs:
        yield fail(API, f"the stack {deployed.names.of(w.STACK)} gives no address of it", again)
    else:
        url = stack.outputs[OUTPUT_URL]
        yield _answers(API, f"{url}/{w.MACHINES}", KEYLESS, again)
        yield _answers(PAGE, f"{url}/{w.PEOPLE}", 200, again)
        yield _looked(KEY, lambda: _key(deployed, stack), "Allow what `workspace create` may read.")
    what = "orders and ends that no pass could work on"
    yield _looked(QUEUE, lambda: dead_letters(deployed, QUEUE, WORKSPACES, what), "Allow what `status` may read.")


def _answers(subject: str, url: str, expected: int, again: str) -> Verdict:
    try:
        answer = requests.get(url, timeout=PATIENCE_S, allow_redirects=False)
    except requests.RequestException as error:
        return silent(subject, url, "workspaces", error)
    if answer.status_code == KEYLESS and CLOSED in answer.text:
        return skip(subject, "closed to this machine by --allowed-ips, so it was not tried")
    if answer.status_code != expected:
        return fail(subject, f"{url} answers {answer.status_code} to anybody, not {expected}", again)
    return ok(subject, url)


def _key(deployed: Deployed, stack: Stack) -> Verdict:
    key = stack.outputs[OUTPUT_KEY]
    with raising_ours("get_api_key"):
        found = deployed.client("apigateway").get_api_key(apiKey=key)
    if found.get("enabled"):
        return ok(KEY, "programs may call")
    on = f"aws apigateway update-api-key --api-key {key} --patch-operations op=replace,path=/enabled,value=true"
    return fail(KEY, "it is switched off: no program may call, and no command of `workspace` that changes anything", on)


CHECKS = Checks(instance=lambda http, _rules: instance(http), deployment=deployment)
