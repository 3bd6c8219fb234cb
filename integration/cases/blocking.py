"""What is remembered of an action that the other side refused, and when it is tried again. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from integration.cases.link import Blocked
from mappers.field_names import CASE_FIELDS

if TYPE_CHECKING:
    from integration.clients.errors import Refused

RETRY_BLOCKED_S = 6 * 3600.0
RETRY_CHANCE_S, CHANCE_S = 600.0, 3600.0
"""What was refused by chance is tried again so soon; what is refused for so long is no chance."""
_QUOTED = re.compile(r"""(?<!\w)['"`‘“«](?P<said>(?>[^'"`’”»]*+(?:['"`’”»](?=\w)[^'"`’”»]*+)*))(?:['"`’”»]|$)""")  # noqa: RUF001
"""From an opening quote to a closing one, or to the end of a sentence that was cut. Python before 3.11.5 does not step
back from the last round of a possessive group (cpython issue 106052): such a group is atomic here.
"""


def blocked_by(refused: Refused, source: str, since: float, now: float) -> Blocked:
    """Classed by what a repeat would bring. `since`: when just this source was first refused."""
    chance = refused.by_chance and now - since < CHANCE_S
    again_s = RETRY_CHANCE_S if chance else RETRY_BLOCKED_S
    return Blocked(unquoted(refused.reason)[:300], source, since, now + again_s)


def unquoted(reason: str) -> str:
    """A refusal as the table may hold it: without what it quotes, which may be the record's text, but for our fields'
    names. The whole of it stands on the record only.
    """
    return _QUOTED.sub(lambda found: found[0] if found["said"] in CASE_FIELDS else "…", reason[:2000])
