"""docs/permissions.md says what the roles may do."""

from integration.operations.pages.permissions import DOCUMENT, markdown


def test_the_page_is_the_table():
    """After a change: python -m integration.operations.pages.permissions."""
    assert DOCUMENT.read_text(encoding="utf-8") == markdown()
