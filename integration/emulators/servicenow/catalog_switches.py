"""Switches of the Service Catalog: what its sources leave open, or say in two ways (see `switches.py`)."""

from __future__ import annotations

from dataclasses import dataclass

from integration.emulators.kit import switches as kit
from integration.emulators.kit.switches import switch

from .sources import CATALOG, CATALOG_API


@dataclass
class CatalogSwitches(kit.Switches):
    # the API
    catalog_api: bool = switch(True, "whether `/api/sn_sc` is there")
    catalog_refusal_status: int = switch(400, "status where an order is refused", source=CATALOG_API)
    catalog_zero_refused: bool = switch(
        True, "whether a quantity of 0 is refused", source=f"`Cannot be a negative number`: {CATALOG_API}"
    )
    catalog_choices_checked: bool = switch(
        False, "whether a variable takes none but its choices; the form's own checks do not run for that API"
    )
    catalog_requested_for_on_item: bool = switch(
        True, "whether a request item has `requested_for` of its own; before Quebec its request alone has"
    )
    catalog_inactive_receives: bool = switch(True, "whether something may be ordered for somebody inactive")
    # approvals
    catalog_approves_below: float = switch(
        1000.0, "a request of a lower price is approved by its own process; 0: each asks the manager"
    )
    catalog_item_born: str = switch(
        "requested",
        "`approval` of a new request item: `requested` or `not requested`",
        among=("requested", "not requested"),
    )
    catalog_item_follows: bool = switch(False, "whether items of which nobody is asked are approved with their request")
    catalog_rejected_state: str = switch(
        "4", "state of a request item that was rejected; empty: it stays open", among=("4", "7", "")
    )
    catalog_flow_delay_s: float = switch(0.2, "when flows run after a write; 0: within it, as workflows do")
    # ends
    catalog_request_closes: bool = switch(
        True,
        "whether a request closes with the last of its items that no plan fulfils",
        source=f"with plans it does: {CATALOG}state-closure-request.md",
    )
    catalog_cancelled_state: str = switch("4", "state of what a cancelled request held", among=("4", "7"))
    catalog_cancelled_approval: str = switch(
        "kept",
        "`approval` of an item whose request is cancelled: `kept` or `cancelled`",
        among=("kept", "cancelled"),
    )
    catalog_closed_write: str = switch(
        "drop",
        "on closed requests, items and tasks, for others than admin and catalog_admin: `drop` all but journals, drop"
        " `everything`, `403`, or `allow`",
        among=("drop", "everything", "403", "allow"),
    )
    catalog_values_for: list[str] = switch(
        ["itil", "catalog", "catalog_admin"],
        "roles that read values of variables (sc_item_option, sc_item_option_mtom) by the Table API",
    )
