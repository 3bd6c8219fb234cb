"""`/api/now/tinyurl`: a short stand-in for a long address, a row of sys_tiny_url.

ansible-collections/servicenow.itsm posts its long queries here; the answer's form is that of ServiceNow's
`GlideNavigation` and of the links it makes (`sys_user_list.do?sysparm_tiny=…`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from .errors import bad_payload
from .exchange import Request, Response, json_response, only
from .table_api import Call, read_json

if TYPE_CHECKING:
    from .store import Store

PARAMETER = "sysparm_tiny"


def shorten(call: Call) -> Response:
    """The path of `url` with an id instead of its parameters."""
    only(call.request, "POST")
    url = str(read_json(call.request).get("url", ""))
    if not url:
        raise bad_payload("url is needed")
    tiny = call.service.plant("sys_tiny_url", {"tiny_url": call.service.new_id(), "url": url})["tiny_url"]
    return json_response({"result": f"{urlsplit(url).path.lstrip('/')}?{PARAMETER}={tiny}"}, 201)


def widen(store: Store, request: Request) -> None:
    """Gives a request the parameters its id stands for; an unknown id stands for none."""
    tiny = request.parameter(PARAMETER)
    rows = store.find("sys_tiny_url", tiny_url=tiny) if tiny else []
    for row in rows:
        request.query += parse_qsl(urlsplit(row["url"]).query, keep_blank_values=True)
