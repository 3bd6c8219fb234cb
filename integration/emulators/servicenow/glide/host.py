"""What a script may ask of the instance it runs in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Host(Protocol):
    """The instance, as scripts see it: no access rules, raw values, every value a string.

    Methods are called from the script's thread (what `sending` returns from one of its own), so they are
    thread-safe and take no lock that a caller of `ScriptEngine.run` holds. What they raise is thrown in the script.
    """

    def query(self, table: str, encoded_query: str, limit: int) -> list[dict[str, str]]:
        """All columns of the rows that match; `limit` 0 means all."""

    def insert(self, table: str, values: dict[str, str], user: str) -> dict[str, str]:
        """The stored row. `user` is the user_name the script runs as."""

    def update(self, table: str, sys_id: str, values: dict[str, str], user: str) -> dict[str, str]:
        """The stored row, after the given columns changed."""

    def delete(self, table: str, sys_id: str, user: str) -> None: ...

    def display_value(self, table: str, sys_id: str, field: str) -> str: ...

    def variables(self, table: str, sys_id: str) -> dict[str, str]:
        """Names and values of a catalog request's variables; empty for other records."""

    def decrypted(self, table: str, sys_id: str, field: str) -> str:
        """The clear text of a password2 column."""

    def property(self, name: str) -> str | None:
        """A system property; None when there is no such property."""

    def now(self) -> float:
        """The instance's time, epoch seconds."""

    def log(self, level: str, message: str, source: str) -> None:
        """`level` is debug, info, warn or error; `source` the name of the script."""

    def user(self, user_name: str) -> dict[str, str]:
        """The sys_user row; `roles`, where given, are the names of the user's roles, comma-separated."""

    def send(self, request: dict[str, Any]) -> dict[str, Any]:
        """`{method, url, headers: [[name, value]], body, timeout_ms}` over HTTP to `{status, headers, body, error}`.

        No answer is status 0 with `error` set, not an exception.
        """

    def sending(self, request: dict[str, Any]) -> Callable[[], dict[str, Any]]:
        """A call that the instance counts as under way from now on; what this returns makes it."""
