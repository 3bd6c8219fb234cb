"""The own names of workspaces: what stands on AWS, what is counted, what is heard."""

from __future__ import annotations

STACK, STATE_STACK = "servicenow-spa-creator", "servicenow-spa-creator-state"
CREATOR, BACKEND = "sandbox-spa-creator", "sandbox-spa-backend"
WORKER, REAPER = "sandbox-spa-worker", "sandbox-spa-reaper"
FILES_ROLE = "sandbox-spa-files"
"""Whoever signs addresses assumes it, each time with a policy for one bucket."""
TABLE, QUEUE, SCHEDULE = "sandbox-spa-resources", "sandbox-spa-orders", "sandbox-spa-sweep"
API, API_KEY, RULE = "sandbox-spa-api", "sandbox-spa-key", "sandbox-spa-orders-rule"
SIGNING_SECRET = "sandbox-spa/Links"  # noqa: S105 - a name
MACHINES, PEOPLE = "workspaces", "w"
"""First parts of the API's paths."""
ITEMS_TABLE = "sc_req_item"
ORDERED, DUE = "WorkspaceOrdered", "WorkspaceDue"
"""The instance tells of a request item; somebody found a workspace or an order whose time has come."""
ENV_TABLE, ENV_QUEUE, ENV_ARCHIVE = "WORKSPACES_TABLE", "WORKSPACES_QUEUE_URL", "WORKSPACES_ARCHIVE_BUCKET"
ENV_FILES_ROLE, ENV_ROLES = "WORKSPACES_FILES_ROLE_ARN", "WORKSPACES_ROLES"
"""The second: patterns of all roles of ours, separated by commas, which alone reach files (`bucket_settings.Rules`)."""
ENV_NAMESPACE, SETTING_NAMESPACE = "WORKSPACES_BUCKET_NAMESPACE", "bucket_namespace"
ACCOUNT, GLOBAL = "account", "global"
"""Where names of buckets are taken from: the account's own, or those of everybody."""
ENV_PAGE = "WORKSPACES_PAGE_URL"
ENV_SECRET, ENV_API_KEY = "WORKSPACES_SECRET_ARN", "WORKSPACES_API_KEY_ID"

MADE, DELIVERY, GONE, BLOCKED = "WorkspacesMade", "WorkspaceDelivery", "WorkspacesGone", "WorkspacesBlocked"
WAITING, FOUND = "WorkspacesWaiting", "WorkspaceOrdersFound"
METRICS = frozenset({MADE, DELIVERY, GONE, BLOCKED, WAITING, FOUND})
"""`WorkspaceDelivery`: seconds from order to delivery. `WorkspacesWaiting`: by so many seconds the latest is late.
`WorkspaceOrdersFound`: orders whose news was lost.
"""
LOG_KEYS = frozenset({"workspace", "phase", "due"})
