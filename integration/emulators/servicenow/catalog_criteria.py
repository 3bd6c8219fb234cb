"""Who may order an item, and for whom: user criteria, and the properties about ordering for somebody else.

ServiceNowDocs, c_ServiceCatalogAPI.md (the properties, the limit of fifty, who is refused). *Not available for* wins
over *available for*; an item that names nobody is for everybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .catalog_variables import REQUESTED_FOR, definitions
from .errors import ApiError
from .session import granted_roles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .service import Service
    from .session import Session
    from .store import Row

FOR_OTHERS, FOR_OTHERS_DEFAULT = "glide.sc.req_for.roles", "glide.sc.req_for.roles.default"
MOST_OTHERS = 50
CONSTRAINED = "Security constraints prevent ordering of Item"
NOT_CONFIGURED = "This item cannot be submitted for multiple people as it is not configured with Requested For"


def refused(service: Service, message: str) -> ApiError:
    return ApiError(service.switches.catalog_refusal_status, message, "")


def may_have(service: Service, item: Row, user: str) -> bool:
    """Whether criteria let this user have the item."""
    store = service.store
    barred = _named(service, "sc_cat_item_user_criteria_no_mtom", item)
    allowed = _named(service, "sc_cat_item_user_criteria_mtom", item)
    person = store.row("sys_user", user)
    if person is None or any(_fits(service, each, user) for each in barred):
        return False
    return not allowed or any(_fits(service, each, user) for each in allowed)


def check_people(service: Service, session: Session, item: Row, people: Sequence[str], others: Sequence[str]) -> None:
    """`people`: who the order is for; `others`: also. Raises ApiError: one who may not have it refuses all."""
    if any(user != session.user_id for user in (*people, *others)) and not _may_order_for_others(service, session):
        raise refused(service, "You are not authorized to request items for other users")
    if others:
        _check_others(service, item, others)
    for user in (session.user_id, *people, *others):
        if not may_have(service, item, user):
            raise refused(service, CONSTRAINED)
        active = (service.store.row("sys_user", user) or {}).get("active") == "true"
        if not active and not service.switches.catalog_inactive_receives:
            raise refused(service, CONSTRAINED)


def _check_others(service: Service, item: Row, others: Sequence[str]) -> None:
    if len(others) > MOST_OTHERS:
        raise refused(service, f"You cannot request the item for more than {MOST_OTHERS} additional users")
    asked = [each for each in definitions(service, item["sys_id"]) if each["type"] == REQUESTED_FOR]
    if not any(each["also_request_for"] == "true" for each in asked):
        raise refused(service, NOT_CONFIGURED)


def _may_order_for_others(service: Service, session: Session) -> bool:
    roles = set(filter(None, (service.settings.property(FOR_OTHERS) or "").replace(" ", "").split(",")))
    if roles:
        return session.is_admin or bool(session.roles & roles)
    return service.settings.property(FOR_OTHERS_DEFAULT) == "allow"


def _named(service: Service, table: str, item: Row) -> list[Row]:
    ties = service.store.find(table, sc_cat_item=item["sys_id"])
    rows = [service.store.row("user_criteria", tie["user_criteria"]) for tie in ties]
    return [row for row in rows if row and row["active"] == "true"]


def _fits(service: Service, criteria: Row, user: str) -> bool:
    """By any of what it names, or by all of it. Scripted criteria do not exist here."""
    store = service.store
    groups = {row["group"] for row in store.find("sys_user_grmember", user=user)}
    roles = granted_roles(store, user)
    held = {row["sys_id"] for row in store.rows("sys_user_role") if row["name"] in roles}
    company = (store.row("sys_user", user) or {}).get("company", "")
    have = {"user": {user}, "group": groups, "role": held, "company": {company}}
    named = {name: set(criteria[name].split(",")) for name in have if criteria[name]}
    fits = [bool(named[name] & have[name]) for name in named]
    return bool(fits) and (all(fits) if criteria["match_all"] == "true" else any(fits))
