"""What must exist in the instance, as desired state: `desired` → `actual.read` → `changes.diff` → `apply`, `export`."""
