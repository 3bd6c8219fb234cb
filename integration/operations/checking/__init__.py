"""The checks, a file per subject. Each is a function that yields verdicts and raises nothing it can name."""
