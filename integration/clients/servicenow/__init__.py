"""A client for ServiceNow's REST APIs. It imports nothing of this project, so any later integration can use it.

`JwtBearer` → `Http` → `Table`, `Journal`, `Attachments`, `Batch`; of its own kind in `errors`.
"""
