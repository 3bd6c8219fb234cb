"""The kinds of error that only an instance has; the others are in `integration.clients.errors`."""

from __future__ import annotations

from integration.clients.errors import Misconfigured

SYSTEM = "servicenow"


class TokenRefused(Misconfigured):
    """401, or the 403 that instances give now and then after a change of node; the request had no effect.

    A fresh token is tried once before this is final.
    """


class NoSuchApi(Misconfigured):
    """The instance does not offer this API: its plugin is missing, or it is older."""
