"""What botocore and moto would work out anew for each session and each call, though the answer is the same."""

import copy
import functools

from botocore import handlers, hooks, useragent
from botocore.session import Session


def botocore(patching):
    """Until `patching`, a `MonkeyPatch`, is undone."""
    patching.setattr(hooks.EventAliaser, "__init__", _with_shared_names(hooks.EventAliaser.__init__))
    patching.setattr(hooks._PrefixTrie, "__copy__", _copied_by_branches)
    patching.setattr(Session, "_register_builtin_handlers", _copied(Session._register_builtin_handlers))
    sanitized = functools.cache(useragent.sanitize_user_agent_string_component)
    patching.setattr(useragent, "sanitize_user_agent_string_component", sanitized)


def moto(patching):
    """As above. The addresses of a service stay; so do its backends until all are reset, which empties them."""
    from moto import backends
    from moto.core import errors
    from moto.core.base_backend import BackendDict, BaseBackend

    patching.setattr(errors, "ErrorLookupFactory", functools.cache(errors.ErrorLookupFactory))  # it has a cache
    patching.setattr(backends, "get_backend", functools.cache(backends.get_backend))
    patching.setattr(BaseBackend, "urls", property(_once_for_each_kind(BaseBackend.urls.fget)))
    patching.setattr(BackendDict, "_create_account_specific_backend", _if_absent(BackendDict))


def _once_for_each_kind(urls):
    made = {}

    def as_before(self):
        if type(self) not in made:
            made[type(self)] = urls(self)
        return made[type(self)]

    return as_before


def _if_absent(kind):
    make = kind._create_account_specific_backend

    def as_before(self, account_id):
        if account_id not in self:
            make(self, account_id)

    return as_before


def _with_shared_names(init):
    """What an event is called by its new name is the same for all; the table of 120 old names is walked once."""
    shared = {}

    def as_before(self, event_emitter, event_aliases=None):
        init(self, event_emitter, event_aliases)
        if self._event_aliases == hooks.EVENT_ALIASES:
            self._alias_name_cache = shared

    return as_before


def _copied_by_branches(trie):
    """As before, without asking of each of its thousand members what it is."""

    def branch(node):
        values = node["values"] and hooks.NodeList(*map(list, node["values"]))
        children = {part: branch(child) for part, child in node["children"].items()}
        return {"chunk": node["chunk"], "values": values, "children": children}

    copied = type(trie).__new__(type(trie))
    copied._root = branch(trie._root)
    return copied


def _copied(register):
    """A session has a copy of the handlers that the first one registered, of the same list: moto adds to it."""
    made = {}

    def as_before(self, events):
        wanted = tuple(handlers.BUILTIN_HANDLERS)
        if wanted not in made:
            register(self, events)
            made[wanted] = copy.copy(self._original_handler)
        self._original_handler.__dict__ = copy.copy(made[wanted]).__dict__ | {"_lookup_cache": {}}

    return as_before
