"""All clients, and the AWS services beneath us, fail in one tree: who catches its kinds has caught everything."""

import inspect
import pkgutil
from importlib import import_module

from integration import aws, clients
from integration.clients.errors import Misconfigured, RemoteError


def exceptions():
    for package in (clients, aws):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            for kind in vars(import_module(module.name)).values():
                if inspect.isclass(kind) and issubclass(kind, BaseException) and kind.__module__ == module.name:
                    yield kind


def test_every_failure_of_a_client_is_of_the_one_tree():
    found = {*exceptions()}
    assert {RemoteError, Misconfigured} < found
    assert [kind for kind in found if not issubclass(kind, RemoteError)] == []
