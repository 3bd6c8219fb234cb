"""Makes, shows, extends and ends workspaces for programs."""
