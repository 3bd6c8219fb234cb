"""What operates the connection to one instance: its stack, rights, alarms, commands."""
