"""Writes what is generated in docs/: `python -m tests.docs.write` (make docs). The tests compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import pictured, plots
from integration.aws_plane import page as plane_page
from integration.operations import registry
from integration.operations.pages import permissions
from tests.docs import (
    architecture_picture,
    assumptions_page,
    bootstrap_policy,
    cli_page,
    emulator_page,
    handlers_table,
    import_picture,
    reference_parts,
    review,
    workspace_files,
)
from tests.docs.pages import DOCS, ROOT, example_block, put_between

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILES: dict[Path, Callable[[], str]] = {
    **{DOCS / name: text for name, text in registry.pages().items()},
    DOCS / "cli.md": cli_page.markdown,
    DOCS / "permissions.md": permissions.markdown,
    DOCS / "emulators" / "aws.md": plane_page.page,
    ROOT / "integration" / "aws_plane" / "handlers.json": handlers_table.text,
    DOCS / "assumptions.md": assumptions_page.markdown,
    **{
        DOCS / "images" / f"{name}-{mode}.svg": lambda drawing=drawing, mode=mode: architecture_picture.svg(
            drawing, mode
        )
        for name, drawing in architecture_picture.DRAWINGS.items()
        for mode in architecture_picture.PALETTES
    },
    **{
        plots.IMAGES / f"performance-{name}.svg": lambda name=name: plots.svg(name, pictured.stored()[name])
        for name in plots.PICTURES
    },
    **{
        DOCS / f"cdk-bootstrap-policy-{part}.json": lambda part=part: bootstrap_policy.text(part)
        for part in (*bootstrap_policy.PARTS, *bootstrap_policy.OWN)
    },
    DOCS / "workspaces" / "spa-creator-stack.yaml": workspace_files.stack,
    DOCS / "workspaces" / "spa-creator-policy.json": workspace_files.policy,
}
PARTS: dict[tuple[Path, str], Callable[[], str]] = {
    (DOCS / "architecture.md", "imports"): import_picture.mermaid,
    (DOCS / "architecture.md", "import table"): import_picture.table,
    (DOCS / "security.md", "review"): review.table,
    (DOCS / "reference.md", "names"): reference_parts.names_table,
    (DOCS / "reference.md", "alarms"): reference_parts.alarms_table,
    (DOCS / "emulators" / "servicenow.md", "behaviours"): emulator_page.behaviours,
    (DOCS / "emulators" / "change.md", "change-switches"): emulator_page.change_switches,
    (DOCS / "emulators" / "catalog.md", "catalog-switches"): emulator_page.catalog_switches,
    (DOCS / "emulators" / "pipelines.md", "pipeline-switches"): emulator_page.pipeline_switches,
    (DOCS / "emulators" / "servicenow.md", "lengths"): emulator_page.lengths,
    (DOCS / "emulators" / "security_ir.md", "switches"): emulator_page.case_switches,
    (DOCS / "emulators" / "servicenow.md", "switches"): emulator_page.switches,
    **{
        (DOCS / "cookbook.md", path.stem): lambda path=path: example_block(path)
        for path in sorted((DOCS / "examples").glob("*.toml"))
    },
}


def main() -> None:
    for path, written in FILES.items():
        path.write_text(written())
    for (page, name), written in PARTS.items():
        put_between(page, name, written())


if __name__ == "__main__":
    main()
