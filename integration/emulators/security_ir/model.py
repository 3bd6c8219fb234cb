"""botocore's service model of `security-ir`, the one source of routes, shapes, limits and error codes.

It is read from the installed botocore, so a newer botocore brings its operations with it; a test then names those
that lack a handler.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

if TYPE_CHECKING:
    from botocore.model import Shape

SERVICE = "security-ir"


@cache
def service_model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model(SERVICE, "service-2"), SERVICE)


def shape(name: str) -> Shape:
    return service_model().shape_for(name)


def structure(name: str) -> Any:
    """A structure's shape; the stubs type `shape_for` by its base class, which has no `members`."""
    return shape(name)


@cache
def error_statuses() -> dict[str, int]:
    """HTTP status of every error the model declares, by the error's name."""
    return {error.name: int(error.metadata["error"]["httpStatusCode"]) for error in service_model().error_shapes}
