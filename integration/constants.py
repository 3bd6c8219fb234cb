"""Constants that an operator may edit before deploying; everything else is an option of the command line."""

from __future__ import annotations

from datetime import timedelta

LAMBDA_MEMORY_SIZE = 256
"""MiB for every function. 100 MiB attachments are streamed, so they need no more."""

LAMBDA_TIMEOUT_MINUTES = 3
"""Minutes for the two client functions; the claim on a link and its queue's visibility are derived from it.

The published specification says 15. A pass that dies holds its link until the claim expires, which must be after the
timeout: 15 minutes here would freeze a case for 15 minutes after a crash. See docs/decisions/.
"""

API_KEY_ROTATION_SCHEDULE_DURATION = timedelta(days=30)
"""How often the webhook token rotates. `Duration.days(60)` of the specification is `timedelta(days=60)` here."""

SETUP_TIMEOUT_MINUTES = 5
"""Minutes for the function that sets up ServiceNow during a deployment."""

LINK_SWEEP_MINUTES = 15
"""An open link nobody woke is looked at this often."""

NEW_CASES_PER_HOUR = 25
"""More cases than this from incidents within an hour stop creation for an hour: cases cannot be deleted."""

PASSES_AT_ONCE = 5
"""Passes that run at once for each of the three queues. An account whose quota of concurrent executions (Lambda,
L-B99A9384) is 10 or 50 works with 2 or 3: none is reserved, and what is throttled comes back after four minutes."""

LOG_RETENTION_DAYS = 90
"""How long every log is kept; one of the numbers CloudWatch Logs knows (…, 90, 180, 365, …)."""

QUEUE_RETENTION_DAYS = 14
"""The longest SQS offers: an instance may be down for days, and no event may die of it."""
