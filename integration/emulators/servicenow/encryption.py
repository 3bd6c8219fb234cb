"""password2 columns: encrypted with a key of the instance, readable in clear by its own scripts only."""

from __future__ import annotations

import hashlib

from cryptography.fernet import Fernet, InvalidToken


def hashed(clear: str) -> str:
    """What a `password` column keeps: nobody reads it back."""
    return hashlib.sha256(clear.encode()).hexdigest()


class Cipher:
    def __init__(self) -> None:
        self._fernet = Fernet(Fernet.generate_key())

    def encrypt(self, clear: str) -> str:
        return self._fernet.encrypt(clear.encode()).decode() if clear else ""

    def decrypt(self, stored: str) -> str:
        """Empty for what was not encrypted by this instance, such as values out of another one's update set."""
        try:
            return self._fernet.decrypt(stored.encode()).decode() if stored else ""
        except InvalidToken:
            return ""
