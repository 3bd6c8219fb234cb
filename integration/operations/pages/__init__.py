"""Pages of docs/ that are about all integrations, written from what their records name: each module gives one."""
