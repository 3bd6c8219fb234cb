"""The declaration of how an integration is operated: dotted paths, imported when they are needed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from integration.declaration import Integration


class Command(NamedTuple):
    """`path` is the module; its object bears the command's name. `requirements`: what brings what it imports."""

    section: str
    name: str
    sentence: str
    path: str
    requirements: str = ""

    def load(self) -> Any:
        return getattr(import_module(self.path), self.name.replace("-", "_"))


def commands(package: str, section: str, told: Mapping[str, str]) -> tuple[Command, ...]:
    """Each in a module of its name; `told`: name → sentence."""
    return tuple(
        Command(section=section, name=name, sentence=sentence, path=f"{package}.{name.replace('-', '_')}")
        for name, sentence in told.items()
    )


class Beside(NamedTuple):
    """A system that an integration meets besides ServiceNow, emulated where everything runs on one machine.

    It answers for `services` of AWS too; `settings` makes of its address what the deployment is told; `people` is the
    path of who stands there, made of the running system.
    """

    emulator: str
    people: str
    services: tuple[str, ...] = ()
    settings: Callable[[str], Mapping[str, Any]] = lambda _url: {}


class Operated(NamedTuple):
    """Paths are `module:object`, since what stands there needs Node, boto3 or an emulator, and `--help` none of them.

    `stack` adds what it deploys, if anything, to a `Base` and returns its stack; `grants` are its rights by owner,
    `accepted` its findings of cdk-nag that stay, `types` its resource types beside those of every stack. `checks` are
    its `Checks`.
    `overview` takes a `Deployed` and `every` (also rows that nobody has to look at) and gives the `Overview` that
    `status` shows. `tour` is its `Part` of a scripted day, `trying` says what may be typed next where it runs on one
    machine. `pages` gives the text of what it writes below docs/, by name. `beside` is who else is there in a local
    system.
    """

    integration: Integration
    stack: str = ""
    grants: str = ""
    alarms: str = ""
    accepted: str = ""
    types: tuple[str, ...] = ()
    commands: tuple[Command, ...] = ()
    checks: str = ""
    overview: str = ""
    tour: str = ""
    trying: str = ""
    pages: str = ""
    beside: Beside | None = None


def load(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)
