"""What a change holds is foreign text, also in a table."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from integration.changes.model import Change
from integration.operations.changes.commands.status import COLUMNS, row
from integration.operations.terminal.output import Output

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
HOSTILE = "::error::owned ##[error]owned"


@pytest.mark.parametrize("long", range(160))
def test_no_cell_is_broken_into_a_command(capsys, long):
    """A line that begins with two colons, after blanks, is one for GitHub, wherever a table breaks."""
    change = Change(
        sys_id="a" * 32, number="CHG1", state="-1", approval="approved", created=NOW, updated=NOW, on_hold=True,
        hold_reason="x" * long + HOSTILE,
    )  # fmt: skip
    Output().table("Changes", COLUMNS, [row(change)])
    shown = capsys.readouterr().out
    assert "owned" in shown.replace("\n", "").replace(" ", "")
    assert not re.search(r"(?m)^\s*::|##\[", shown)
