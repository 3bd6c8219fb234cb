"""Whatever people do to an order, in whichever order: what is over asks nobody, and nothing begins unapproved."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration.emulators.servicenow.catalog_flows import CALLED_OFF
from integration.emulators.servicenow.catalog_rules import CLOSED_REQUESTS
from integration.emulators.servicenow.catalog_tables import ENDED
from integration.emulators.servicenow.errors import ApiError

DEEDS = st.one_of(
    st.tuples(st.sampled_from(["approve", "reject"]), st.sampled_from(["sc_request", "sc_req_item"])),
    st.tuples(st.just("state"), st.sampled_from(["2", "3", "4", "7"])),
    st.tuples(st.just("approval"), st.sampled_from(["requested", "approved", "rejected"])),
    st.tuples(st.just("request"), st.sampled_from(["in_process", *CLOSED_REQUESTS])),
    st.tuples(st.sampled_from(["cancel", "close_tasks"]), st.just("")),
)


def do(shop, request, item, deed, more):
    about = {"sc_request": request, "sc_req_item": item}
    if deed in ("approve", "reject"):
        for who in shop.asked(about[more])[:1]:
            shop.person(who, deed, of=about[more])
    elif deed == "request":
        shop.patch(request, table="sc_request", request_state=more)
    elif deed in ("state", "approval"):
        shop.patch(item, table="sc_req_item", **{deed: more})
    else:
        with suppress(ApiError, ValueError):
            shop.person("catalog.fulfiller", deed, of=request if deed == "cancel" else item)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(price=st.sampled_from(["0", "1000"]), whom=st.sampled_from(["", "manager"]), deeds=st.lists(DEEDS, max_size=12))
def test_what_is_over_asks_nobody_and_no_task_comes_unapproved(shop, price, whom, deeds):
    """A request that is called off holds nothing open, and marks of closing stand where something is closed."""
    made, [item] = shop.ordered(shop.item(price=price, asks=whom, makes_tasks="1"))
    request, item = made["sys_id"], item["sys_id"]
    approved = False
    for deed, more in deeds:
        before = shop.row(request, "sc_request")["request_state"]
        do(shop, request, item, deed, more)
        whole, part = shop.row(request, "sc_request"), shop.row(item, "sc_req_item")
        tasks = shop.instance.store.find("sc_task", request_item=item)
        approved = approved or part["approval"] == "approved"
        assert not tasks or approved
        assert len(tasks) <= 1
        assert (whole["state"] in ENDED) is (whole["request_state"] in CLOSED_REQUESTS)
        for row in (whole, part, *tasks):
            over = row["state"] in ENDED
            assert (row["active"], bool(row["closed_at"])) == (str(not over).lower(), over)
            assert not over or shop.asked(row["sys_id"]) == []
        if whole["request_state"] in CALLED_OFF and whole["request_state"] != before:
            assert all(row["state"] in ENDED for row in (part, *tasks))
