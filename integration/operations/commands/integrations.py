"""`--with KEY`: the option of those commands that start or deploy integrations by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

from integration.operations.registry import UnknownKey, named

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., object]")


def integrations(told: str, otherwise: tuple[str, ...] = ()) -> Callable[[F], F]:
    """Gives keys in the order of the registry; `otherwise` where none is named."""

    def keys(_context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return named(given) or otherwise
        except UnknownKey as unknown:
            raise click.BadParameter(str(unknown), param=parameter) from None

    return click.option("--with", "integrations", multiple=True, metavar="KEY", callback=keys, help=told)
