"""The gate: pipelines that wait for a change with no runner held are answered once it is decided."""
