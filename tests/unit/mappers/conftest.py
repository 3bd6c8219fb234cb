"""What the tests of the mappers share: the rules of both modules."""

from __future__ import annotations

import pytest

from integration.module import Module
from mappers.mapping_rules import rules_for


@pytest.fixture(params=list(Module), ids=str)
def rules(request):
    return rules_for(request.param)


@pytest.fixture
def itsm():
    return rules_for(Module.ITSM)
