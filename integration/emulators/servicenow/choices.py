"""Choice lists an instance ships with, as data: (table, column) -> (value, label) pairs in their order."""

from __future__ import annotations

from .catalog_tables import CATALOG_CHOICES
from .change_choices import CHANGE_CHOICES

_LEVELS = [("1", "1 - High"), ("2", "2 - Medium"), ("3", "3 - Low")]
_PRIORITIES = [("1", "1 - Critical"), ("2", "2 - High"), ("3", "3 - Moderate"), ("4", "4 - Low"), ("5", "5 - Planning")]
_STATES = [("1", "New"), ("2", "In Progress"), ("3", "On Hold"), ("6", "Resolved"), ("7", "Closed"), ("8", "Canceled")]


SIR_CLOSE_CODES = {
    "Investigation completed": "-100", "Threat mitigated": "-101", "Patched vulnerability": "-102",
    "Invalid vulnerability": "-103", "Not resolved": "-104", "False positive": "-105",
}  # fmt: skip
"""Labels (ServiceNowDocs, close-multiple-incidents-sir.md) and the numbers stored for them: -100 was recorded
(rapid7/insightconnect-plugins, plugins/servicenow/unit_test/payloads/get_security_incident_success.json.resp); which
label it has, and the others, are assumed.
"""


def _same(*labels: str) -> list[tuple[str, str]]:
    return [(label, label) for label in labels]


CHOICES: dict[tuple[str, str], list[tuple[str, str]]] = {
    ("task", "priority"): _PRIORITIES,
    ("task", "impact"): _LEVELS,
    ("task", "urgency"): _LEVELS,
    ("task", "state"): [
        ("-5", "Pending"), ("1", "Open"), ("2", "Work in Progress"), ("3", "Closed Complete"),
        ("4", "Closed Incomplete"), ("7", "Closed Skipped"),
    ],
    ("task", "approval"): [
        ("not requested", "Not Yet Requested"), ("requested", "Requested"), ("approved", "Approved"),
        ("rejected", "Rejected"),
    ],
    ("task", "upon_approval"): [("proceed", "Proceed to Next Task"), ("do_nothing", "Wait for a User to Close")],
    ("task", "upon_reject"): [("cancel", "Cancel all future Tasks"), ("goto", "Go to a previous Task")],
    ("task", "escalation"): [("0", "Normal"), ("1", "Moderate"), ("2", "High"), ("3", "Overdue")],
    ("task", "contact_type"): [
        ("email", "Email"), ("phone", "Phone"), ("self-service", "Self-service"), ("walk-in", "Walk-in"),
        ("monitoring", "Monitoring"), ("chat", "Chat"), ("virtual_agent", "Virtual Agent"),
    ],
    ("incident", "state"): _STATES,
    ("incident", "incident_state"): _STATES,
    ("incident", "severity"): _LEVELS,
    ("incident", "hold_reason"): [
        ("1", "Awaiting Caller"), ("3", "Awaiting Problem"), ("4", "Awaiting Vendor"), ("5", "Awaiting Change"),
    ],
    ("incident", "notify"): [("1", "Do Not Notify"), ("2", "Send Email"), ("3", "Phone")],
    ("incident", "category"): [
        ("inquiry", "Inquiry / Help"), ("software", "Software"), ("hardware", "Hardware"), ("network", "Network"),
        ("database", "Database"),
    ],
    ("incident", "subcategory"): [
        ("antivirus", "Anti-Virus"), ("email", "Email"), ("internal application", "Internal Application"),
        ("os", "Operating System"), ("cpu", "CPU"), ("disk", "Disk"), ("vpn", "VPN"), ("dns", "DNS"),
        ("ip address", "IP Address"),
        ("sql server", "MS SQL Server"),
    ],
    ("incident", "close_code"): _same(
        "Duplicate", "Known error", "No resolution provided", "Resolved by caller", "Resolved by change",
        "Resolved by problem", "Resolved by request", "Solution provided", "Workaround provided", "User error",
    ),
    ("sn_si_incident", "state"): [
        ("10", "Draft"), ("16", "Analysis"), ("18", "Contain"), ("19", "Eradicate"), ("20", "Recover"),
        ("100", "Review"), ("3", "Closed"), ("7", "Cancelled"),
    ],
    ("sn_si_incident", "severity"): _LEVELS,
    ("sn_si_incident", "business_criticality"): [("1", "1 - Critical"), ("2", "2 - High"), ("3", "3 - Non-critical")],
    ("sn_si_incident", "category"): _same(
        "Confidential personal identity data exposure", "Denial of Service", "Insider breach",
        "Malicious code activity", "Phishing", "Policy violation", "Reconnaissance activity",
        "Rogue server or service", "Spam source",
        "Unauthorized access", "Un-patched vulnerability", "Web/BBS defacement",
    ),
    ("sn_si_incident", "close_code"): _same(*SIR_CLOSE_CODES),
    ("sys_script", "when"): [
        ("before", "before"), ("after", "after"), ("async_always", "async"), ("async", "async (not during upgrade)"),
        ("before_display", "display"),
    ],
    **CHANGE_CHOICES,
    **CATALOG_CHOICES,
}  # fmt: skip
"""`when`: GipityAI/registry, kits/integrations/servicenow/scripts/lib (an instance's own list)."""
