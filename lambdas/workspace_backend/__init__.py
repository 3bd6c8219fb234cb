"""The page of a workspace, and what it asks."""
