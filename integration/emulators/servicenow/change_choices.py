"""Choice lists of Change Management, as data (see `choices.py`)."""

from __future__ import annotations

STATES = {
    "-5": "New", "-4": "Assess", "-3": "Authorize", "-2": "Scheduled", "-1": "Implement", "0": "Review",
    "3": "Closed", "4": "Canceled",
}  # fmt: skip
"""ServiceNowDocs, it-service-management/change-management/c_ChangeStateModel.md."""
RISKS = {
    "four": [("1", "Very High"), ("2", "High"), ("3", "Moderate"), ("4", "Low")],
    "three": [("", "Very High"), ("1", "High"), ("2", "Moderate"), ("3", "Low")],
}
"""A label without a value is not offered."""
APPROVALS = [
    ("not requested", "Not Yet Requested"), ("requested", "Requested"), ("approved", "Approved"),
    ("rejected", "Rejected"), ("cancelled", "Cancelled"), ("not_required", "No Longer Required"),
    ("duplicate", "Duplicate"),
]  # fmt: skip
_CLOSE_CODES = [
    ("successful", "Successful"), ("successful_issues", "Successful with issues"), ("unsuccessful", "Unsuccessful"),
]  # fmt: skip
CHANGE_CHOICES: dict[tuple[str, str], list[tuple[str, str]]] = {
    ("change_request", "state"): list(STATES.items()),
    ("change_request", "type"): [("normal", "Normal"), ("standard", "Standard"), ("emergency", "Emergency")],
    ("change_request", "priority"): [("1", "1 - Critical"), ("2", "2 - High"), ("3", "3 - Moderate"), ("4", "4 - Low")],
    ("change_request", "scope"): [
        ("1", "Massive"), ("2", "Large"), ("3", "Medium"), ("4", "Small"), ("5", "Tiny"),
    ],
    ("change_request", "category"): [
        (label, label) for label in (
            "Applications Software", "DevOps", "Documentation", "Hardware", "Network", "Other", "Service",
            "Software", "System Software",
        )
    ],
    ("change_request", "close_code"): _CLOSE_CODES,
    ("change_request", "phase"): [("requested", "Requested"), ("plan", "Plan"), ("build", "Build"), ("test", "Test")],
    ("change_request", "phase_state"): [("open", "Open"), ("in progress", "In Progress"), ("complete", "Complete")],
    ("change_request", "conflict_status"): [
        ("Not Run", "Not Run"), ("No Conflict", "No Conflict"), ("Conflict", "Conflict"),
    ],
    ("change_task", "state"): [
        ("-5", "Pending"), ("1", "Open"), ("2", "In Progress"), ("3", "Closed"), ("4", "Canceled"),
    ],
    ("change_task", "change_task_type"): [
        ("planning", "Planning"), ("implementation", "Implementation"), ("testing", "Testing"), ("review", "Review"),
    ],
    ("change_task", "close_code"): _CLOSE_CODES,
    ("change_task", "created_from"): [("manual", "Manual"), ("workflow", "Workflow")],
    ("sysapproval_approver", "state"): APPROVALS,
    ("cmn_schedule_span", "repeat_type"): [("daily", "Daily"), ("weekly", "Weekly")],
    ("conflict", "type"): [
        ("ci_already_scheduled", "CI Already Scheduled"), ("parent_already_scheduled", "Parent CI Already Scheduled"),
        ("child_already_scheduled", "Child CI Already Scheduled"),
        ("not_in_maintenance_window", "Not In Maintenance Window"),
        ("parent_not_in_maintenance_window", "Parent Not In Maintenance Window"),
        ("child_not_in_maintenance_window", "Child Not In Maintenance Window"), ("blackout", "Blackout"),
        ("assigned_to_already_scheduled", "Assigned To Already Scheduled"),
    ],
    ("chg_mgt_worker", "state"): [("1", "Waiting"), ("2", "In-Progress"), ("3", "Complete"), ("4", "Error")],
}  # fmt: skip
"""`conflict.type`: labels in ServiceNowDocs, t_RunManualConflictDetection.md; values but one are assumed."""
