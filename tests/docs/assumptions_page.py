"""docs/assumptions.md, from integration/operations/checking/assumptions.toml."""

from __future__ import annotations

from integration.operations.checking.assumptions import SIDES, Assumption, assumptions

HEAD = """# Assumptions

What no document settles about a real instance or account, each with its evidence, what happens if it is false, how the
product notices, and what settles it: a line of `check`, whose standing `check --json` tells under `assumptions`
(`held`, `broken`, `not asked`, `not askable`); the [kit for a real instance](real-instance.md) asks some more.
*Broken* need not stop anything: what then happens stands beside it.
Switches are those of the emulators ([ServiceNow](emulators/servicenow.md), its [changes](emulators/change.md) and
[catalog](emulators/catalog.md), [Security IR](emulators/security_ir.md)), where both answers are tried.
Generated from `integration/operations/checking/assumptions.toml`.
"""


def markdown() -> str:
    parts = [HEAD]
    for side, title in SIDES.items():
        parts.append(f"## {title}\n")
        parts += [_entry(each) for each in assumptions() if each.side == side]
    return "\n".join(parts)


def _entry(each: Assumption) -> str:
    asked = [f"`check`, line *{each.probe}*"] if each.probe else []
    asked += [f"[`make contract-real`](real-instance.md), *{each.kit}*"] if each.kit else []
    settled = "; ".join(asked) or "nothing that can be asked"
    switches = f" Switches: {', '.join(f'`{name}`' for name in each.switches)}." if each.switches else ""
    return (
        f"### {each.id}\n\n{each.says}\n\n"
        f"- **Evidence** {each.evidence}\n"
        f"- **If it is false** {each.if_false}\n"
        f"- **Noticed** {each.noticed}\n"
        f"- **Settled by** {settled}.{switches}\n"
    )
