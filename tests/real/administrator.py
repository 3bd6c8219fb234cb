"""The administrator of the instance, by basic authentication: the people of the kit's cases, and who cleans up."""

from __future__ import annotations

import time
from typing import Any

import requests

PAUSES_S = (0.2, 1.0, 3.0)
LONGEST_S = 20.0
TIMEOUT_S = 70


class Patient(requests.Session):
    """Tries again what had no effect: 429 for every method, 5xx and broken connections for all but POST."""

    def request(self, method: str | bytes, url: str | bytes, **more: Any) -> requests.Response:  # type: ignore[override]
        for pause in PAUSES_S:
            try:
                answer = super().request(method, url, **more)
            except requests.ConnectionError:
                if method == "POST":
                    raise
                time.sleep(pause)
                continue
            if not (answer.status_code == 429 or (answer.status_code >= 500 and method != "POST")):
                return answer
            time.sleep(min(_asked(answer) or pause, LONGEST_S))
        return super().request(method, url, **more)


def _asked(answer: requests.Response) -> float:
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else 0.0


class Administrator:
    def __init__(self, url: str, user: str, password: str) -> None:
        self.url, self.http = url, Patient()
        self.http.auth, self.http.headers["Accept"] = (user, password), "application/json"

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        """Raises `requests.RequestException`."""
        return self.http.request(method, f"{self.url}{path}", timeout=TIMEOUT_S, **more)

    def result(self, method: str, path: str, **more: Any) -> Any:
        answer = self.call(method, path, **more)
        answer.raise_for_status()
        return answer.json()["result"] if answer.content else {}

    def rows(self, table: str, query: str, fields: str = "") -> list[dict[str, Any]]:
        asked = {"sysparm_query": query, "sysparm_limit": "1000", "sysparm_exclude_reference_link": "true"}
        if fields:
            asked["sysparm_fields"] = f"sys_id,{fields}"
        found: list[dict[str, Any]] = self.result("GET", f"/api/now/table/{table}", params=asked)
        return found
