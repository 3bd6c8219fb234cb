"""Twins of what a workspace's pass works with, and one system of them with a clock of its own."""

from __future__ import annotations

import json


class PlainEnvelope:
    """As `aws.encryption.Envelope`, without a key: what is bound to one row cannot be read in another."""

    def encrypt(self, text: str, row: tuple[str, str]) -> str:
        return json.dumps([text, *row])

    def decrypt(self, encrypted: str, row: tuple[str, str]) -> str:
        text, *bound = json.loads(encrypted)
        assert tuple(bound) == row
        return str(text)
