"""Webhook token → policy."""
