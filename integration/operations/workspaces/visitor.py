"""Whoever holds a link, as the page acts for them: signs in, asks, uploads."""

from __future__ import annotations

from typing import Any

import requests

PATIENCE_S = 30


class Visitor:
    """Of the workspace of `link`. Raises RuntimeError where the link lets nobody in."""

    def __init__(self, link: str) -> None:
        self.url, self._token = link.partition("#")[0], ""
        self._token = self._done("session", link=link)["token"]

    def ask(self, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
        """Status and document of a POST, or of a GET where nothing is sent."""
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            answer = requests.request(
                "POST" if body else "GET", f"{self.url}/{path}", json=body or None, headers=headers, timeout=PATIENCE_S
            )
            return answer.status_code, answer.json()
        except requests.RequestException as error:
            raise RuntimeError(f"the page's API does not answer ({type(error).__name__})") from error

    def _done(self, path: str, **body: Any) -> dict[str, Any]:
        status, document = self.ask(path, **body)
        if status != requests.codes.ok:
            raise RuntimeError(f"{path}: {status}")
        return document

    def state(self) -> dict[str, Any]:
        return self._done("me")

    def left(self) -> float:
        """Seconds that it lives still."""
        state = self.state()
        return float(state["expires_at"] - state["now"])

    def files(self) -> dict[str, int]:
        """Name → size."""
        return {each["name"]: each["size"] for each in self._done("files")["files"]}

    def form(self, name: str, content: bytes) -> dict[str, Any]:
        """An address for this file."""
        return self._done("uploads", name=name, size=len(content), type="text/plain")

    def send(self, form: dict[str, Any], content: bytes) -> None:
        answer = requests.post(form["url"], data=form["fields"], files={"file": ("file", content)}, timeout=PATIENCE_S)
        if not answer.ok:
            raise RuntimeError(f"the upload was refused: {answer.status_code}")

    def put(self, name: str, content: bytes) -> None:
        self.send(self.form(name, content), content)
