"""Webhook body → event on the bus."""
