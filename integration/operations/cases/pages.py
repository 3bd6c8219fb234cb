"""The pages below docs/ that are about cases and incidents alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.operations.cases import mapping_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PAGES: Mapping[str, Callable[[], str]] = {"mapping.md": mapping_page.page}
