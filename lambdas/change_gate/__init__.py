"""The gate: answers pipelines that wait for a change."""
