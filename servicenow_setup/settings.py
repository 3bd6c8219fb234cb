"""The settings of one deployment's records in an instance."""

from __future__ import annotations

import re
from dataclasses import dataclass

from servicenow_setup.errors import BadSetting

_SHAPES = {
    "prefix": re.compile(r"[A-Za-z0-9]{1,16}"),
    "owner": re.compile(r"[A-Za-z0-9./_-]{1,60}"),
    "table": re.compile(r"[a-z][a-z0-9_]{0,79}"),
    "webhook_url": re.compile(
        r"(?=.{1,200}$)(https://[A-Za-z0-9.-]+(:\d+)?|http://(127\.0\.0\.1|localhost):\d+)(/[A-Za-z0-9._~/-]*)?"
    ),
    "user_sys_id": re.compile(r"[A-Za-z0-9]{1,32}"),
}
_NOT_A_FILTER = re.compile(r"[\r\n]|(^|\^)(ORDERBY|GROUPBY|RLQUERY)|^\^|\^NQ(\^|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupSettings:
    """`prefix` is the REST API id, `owner` `<account>/<region>/<deployment>`, `table` the module's table.

    `incident_filter` is an encoded query; empty means every incident. `parts` are the integrations' `setup`, `roles`
    what the user has for them. Records whose `correlation_display` is one of `foreign_marks` are another
    integration's, and not told of. Raises `BadSetting` for what could not stand in a script, a query or a header, or be
    longer than its column.
    """

    prefix: str
    owner: str
    table: str
    webhook_url: str
    user_sys_id: str
    incident_filter: str = ""
    foreign_marks: tuple[str, ...] = ()
    parts: tuple[str, ...] = ("servicenow_setup.cases:case_rules",)
    roles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, shape in _SHAPES.items():
            if not shape.fullmatch(getattr(self, name)):
                raise BadSetting(name)
        if _NOT_A_FILTER.search(self.incident_filter):
            raise BadSetting("incident_filter")

    @property
    def message_name(self) -> str:
        return f"{self.prefix} AWS Security IR"

    @property
    def credential_name(self) -> str:
        return credential_name(self.prefix)

    @property
    def include_name(self) -> str:
        """The id stands behind here: it may start with a digit, and this name is a JavaScript variable."""
        return f"AwsSecurityIr_{self.prefix}"


def credential_name(prefix: str) -> str:
    """Scripts find the token by it, an administrator who enters it by hand gives it."""
    return f"{prefix} AWS Security IR Token"
