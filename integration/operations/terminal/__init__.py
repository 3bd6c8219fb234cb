"""Options, output and failures of the command line."""
