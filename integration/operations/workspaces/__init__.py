"""How workspaces are deployed, operated and shown."""
