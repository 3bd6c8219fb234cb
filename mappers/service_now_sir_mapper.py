"""The mapping tables. Edit here and deploy; or leave this file alone and give a mapping file instead.

Every line takes effect as it stands; `docs/mapping.md` says what else a mapping file can set. Mistakes are named at
deployment, before anything changes.
"""

from __future__ import annotations

FIELD_MAPPING = {
    "short_description": "title",
    "description": "description",
    "comments_and_work_notes": "caseComments",
    # Add custom field mappings here
}
"""ServiceNow column → case field. Title and description go both ways; a line added here goes from the case to the
incident, until a mapping file gives it another direction.

`comments_and_work_notes` stands for both journals, `comments` or `work_notes` for one of them. ServiceNow lets nobody
write it: which journal comments of the case go to is `case_comments_to` of the mapping file.
"""

STATUS_MAPPING = {
    "Submitted": "1",  # New
    "Acknowledged": "1",  # New
    "Detection and Analysis": "2",  # In Progress
    "Containment, Eradication and Recovery": "2",  # In Progress
    "Post-incident Activities": "2",  # In Progress
    "Ready to Close": "2",  # In Progress
    "Closed": "7",  # Closed
    # Add custom status mappings here
}
"""Case status → state of `incident` (module itsm). A status without a line goes to the first state of
ACCEPTED_PAIRS that may stand beside it."""

STATUS_MAPPING_IR = {
    "Submitted": "10",  # Draft
    "Acknowledged": "10",  # Draft
    "Detection and Analysis": "16",  # Analysis
    "Containment, Eradication and Recovery": "18",  # Contain
    "Post-incident Activities": "100",  # Review
    "Ready to Close": "100",  # Review
    "Closed": "3",  # Closed
}
"""Case status → state of `sn_si_incident` (module ir)."""

ACCEPTED_PAIRS = {
    "1": ("Submitted", "Acknowledged"),
    "2": (
        "Detection and Analysis",
        "Acknowledged",
        "Containment, Eradication and Recovery",
        "Post-incident Activities",
        "Ready to Close",
    ),
    "3": (
        "Detection and Analysis",
        "Acknowledged",
        "Containment, Eradication and Recovery",
        "Post-incident Activities",
        "Ready to Close",
    ),
    "6": ("Post-incident Activities", "Ready to Close", "Closed"),
    "7": ("Closed",),
    "8": ("Closed",),
}
"""State of `incident` → the case statuses it may stand beside. Such a pair is left alone, whichever side changed.

The first status that AWS lets us set is what the state translates to.
"""

ACCEPTED_PAIRS_IR = {
    "10": ("Submitted", "Acknowledged"),
    "16": ("Detection and Analysis", "Acknowledged"),
    "18": ("Containment, Eradication and Recovery",),
    "19": ("Containment, Eradication and Recovery",),
    "20": ("Containment, Eradication and Recovery",),
    "100": ("Post-incident Activities", "Ready to Close"),
    "3": ("Closed",),
    "7": ("Closed",),
}
"""The same for `sn_si_incident`."""
