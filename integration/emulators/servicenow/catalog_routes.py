"""Paths of the Service Catalog API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import catalog_api, catalog_cart_api

if TYPE_CHECKING:
    from collections.abc import Callable

    from .exchange import Response

_BASE = r"/api/sn_sc(?:/(?P<version>v1))?/servicecatalog"
_ID = "/(?P<sys_id>[^/]+)"
_PATHS: list[tuple[str, Callable[..., Response]]] = [
    ("/items", catalog_api.items),
    (f"/items{_ID}", catalog_api.item),
    (f"/items{_ID}/variables", catalog_api.variables),
    (f"/items{_ID}/order_now", catalog_api.order_now),
    (f"/items{_ID}/add_to_cart", catalog_api.add_to_cart),
    ("/cart", catalog_cart_api.cart),
    ("/cart/checkout", catalog_cart_api.checkout),
    ("/cart/submit_order", catalog_cart_api.submit_order),
    (f"/cart{_ID}/empty", catalog_cart_api.empty),
    ("/cart/(?P<cart_item_id>[^/]+)", catalog_cart_api.line),
]
CATALOG_ROUTES: list[tuple[str, re.Pattern[str], Callable[..., Response]]] = [
    ("sn_sc", re.compile(_BASE + path), handler) for path, handler in _PATHS
]
