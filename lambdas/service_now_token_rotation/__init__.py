"""Secrets Manager rotation → a new webhook token in the instance."""
