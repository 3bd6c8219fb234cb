"""What an instance holds for the Service Catalog: one catalog, a category, an item, and its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .catalog_criteria import FOR_OTHERS, FOR_OTHERS_DEFAULT
from .ids import fixed_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .store import Row

    Planted = Iterator[tuple[str, Row]]

TWO_STEP = "glide.sc.checkout.twostep"
SERVICE_CATALOG = "e0d08b13c3330100c8b837659bba8fb4"
"""sys_id of `Service Catalog` on every instance: ServiceNowDocs, c_ServiceCatalogAPI.md, the sample of GET one item."""
CATALOG_PROPERTIES = {TWO_STEP: "false", FOR_OTHERS: "", FOR_OTHERS_DEFAULT: "deny"}
"""Strict: with `deny` and no role named, nobody orders for somebody else (the same page)."""
CATALOG_PEOPLE: list[tuple[str, str, str, tuple[str, ...]]] = [
    ("catalog.fulfiller", "Cat", "Fulfiller", ("catalog",)),
    ("catalog.owner", "Cass", "Owner", ("catalog_admin",)),
]


def catalog_records() -> Planted:
    yield "sc_catalog", {"sys_id": SERVICE_CATALOG, "title": "Service Catalog"}
    category = fixed_id("category", "Services")
    yield "sc_category", {"sys_id": category, "title": "Services", "sc_catalog": SERVICE_CATALOG}
    item = fixed_id("item", "Corp VPN")
    yield "sc_cat_item", {
        "sys_id": item, "name": "Corp VPN", "short_description": "Access to the network from elsewhere",
        "category": category, "sc_catalogs": SERVICE_CATALOG, "price": "0", "sys_class_name": "sc_cat_item",
    }  # fmt: skip
    yield "item_option_new", {
        "sys_id": fixed_id("variable", "Corp VPN.reason"), "cat_item": item, "name": "reason",
        "question_text": "Why do you need it?", "type": "6", "mandatory": "true",
    }  # fmt: skip
