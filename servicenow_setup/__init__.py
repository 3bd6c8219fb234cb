"""Desired state of the instance: `desired` → `actual.read` → `changes.diff` → `apply`, `export`."""
