"""What CI systems do with an answer from outside: GitHub, GitLab, Azure Pipelines, one-time addresses, two of AWS."""

from .app import create_app, serve
from .service import Service

__all__ = ["Service", "create_app", "serve"]
