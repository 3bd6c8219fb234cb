"""Clients of the systems outside; they know nothing of ours."""
