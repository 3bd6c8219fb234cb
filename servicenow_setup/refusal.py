"""Turns what an instance refuses into the role that is missing, in one place."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from integration.servicenow.errors import Misconfigured, Refused, TokenRefused
from servicenow_setup.errors import MissingRole
from servicenow_setup.roles import ROLE_OF_TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def missing(table: str, verb: str, fields: Sequence[str] = ()) -> MissingRole:
    return MissingRole(table, verb, ROLE_OF_TABLE[table], fields)


@contextmanager
def naming_role(table: str, verb: str, fields: Sequence[str] = ()) -> Iterator[None]:
    """A refused log-in is no question of roles and passes through, as does an instance that does not answer."""
    try:
        yield
    except TokenRefused:
        raise
    except (Refused, Misconfigured) as error:
        raise missing(table, verb, fields) from error
