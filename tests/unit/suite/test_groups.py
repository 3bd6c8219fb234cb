"""How the tests are dealt out to workers."""

import os

import pytest


@pytest.mark.xdist_group("groups")
def test_a_group_stays_in_one_worker(request):
    """pytest 9.2 names tests in a way pytest-xdist 3.8 cannot mark; each worker then starts every shared system."""
    grouped = request.config.getoption("dist", "no") == "loadgroup" or "PYTEST_XDIST_WORKER" in os.environ
    assert request.node.nodeid.endswith("@groups") or not grouped
