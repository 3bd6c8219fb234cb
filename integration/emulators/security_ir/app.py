"""The application: the API and its file store over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from integration.emulators.kit.app import METHODS, application

from .admin import OWN
from .router import api, download, upload
from .service import Service

if TYPE_CHECKING:
    from starlette.applications import Starlette

_FILE = "/_s3/{case_id}/{attachment_id}/{file_name}"


def create_app(service: Service | None = None, *, admin_token: str = "") -> Starlette:
    """An account over HTTP; its state is `app.state.service`, which ends with the application."""
    routes = [
        Route(_FILE, upload, methods=["PUT"]),
        Route(_FILE, download, methods=["GET"]),
        Route("/{path:path}", api, methods=METHODS),
    ]
    return application(service or Service(), routes, OWN, admin_token=admin_token)
