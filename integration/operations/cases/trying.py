"""What whoever runs cases on one machine may type next, in the shell that was shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from integration.operations.cases.people import ANALYSTS

if TYPE_CHECKING:
    from integration.operations.local.system import LocalSystem


def trying(running: LocalSystem) -> list[tuple[str, str]]:
    """(what it shows, a line for the shell); people's passwords in the emulated instance are their names."""
    if not (running.security_ir_admin and running.servicenow_admin):
        return []
    table = running.module.table
    person = ANALYSTS[table]
    rest = f"{running.servicenow_url}/api/now/table/{table}"
    case = {
        "title": "Odd log-ins", "description": "Three minutes apart.", "resolverType": "Self",
        "engagementType": "Security Incident", "reportedIncidentStartDate": 1767225600, "impactedAccounts": [],
        "watchers": [],
    }  # fmt: skip
    as_json = "-H 'Content-Type: application/json'"
    listing = f"{rest}?sysparm_query=correlation_idISNOTEMPTY&sysparm_fields=number,short_description,state"
    return [
        ("a case on the AWS side", f"curl -sS {as_json} {running.security_ir_admin}/cases -d '{json.dumps(case)}'"),
        ("its incident", f"curl -sS -u {person}:{person} '{listing}'"),
        (
            "an incident on the ServiceNow side",
            f'curl -sS -u {person}:{person} {as_json} {rest} -d \'{{"short_description": "Laptop lost"}}\'',
        ),
        ("both cases, through the AWS endpoint", "aws security-ir list-cases"),
    ]
