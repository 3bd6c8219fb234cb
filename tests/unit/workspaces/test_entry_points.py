"""The two functions behind the API: what API Gateway hands over reaches the API, with parts from the environment."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from integration.workspaces.wiring import Parts
from tests.fakes.workspace_edge import KEY, event
from tests.unit.workspaces.test_wiring import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    for name, value in {**ENVIRONMENT, "AWS_DEFAULT_REGION": "eu-central-1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Parts, "api_key", KEY)

    def send(function: str, asked: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = importlib.import_module(f"lambdas.{function}.index").handler(asked, None)
        return answer

    return send


def test_the_page_needs_no_call_of_aws(handle: Callable[[str, dict[str, Any]], dict[str, Any]]) -> None:
    answer = handle("workspace_backend", event("GET", "/w"))
    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "https://*.s3.eu-central-1.amazonaws.com;" in answer["headers"]["Content-Security-Policy"]
    assert handle("workspace_backend", event("GET", "/workspaces"))["statusCode"] == 404


@pytest.mark.parametrize(("key", "status"), [(None, 403), ("wrong", 403), (KEY, 422)])
def test_the_deployments_key_lets_machines_in(
    handle: Callable[[str, dict[str, Any]], dict[str, Any]], key: str | None, status: int
) -> None:
    answer = handle("workspace_creator", event("POST", "/workspaces", {}, {"x-api-key": key} if key else {}))
    assert (answer["statusCode"], "error" in json.loads(answer["body"])) == (status, True)
    assert handle("workspace_creator", event("GET", "/w", None, {"x-api-key": KEY}))["statusCode"] == 404
