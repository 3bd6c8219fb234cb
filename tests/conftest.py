"""What holds for every test."""

import functools

import botocore.loaders
import botocore.session
import pytest


@pytest.fixture(scope="session", autouse=True)
def _models_read_once():
    """Each session of botocore would read the same models anew.

    Sessions share one loader, as the clients of one session do. moto keeps its own: it adds to the models it has read.
    """
    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(botocore.session, "create_loader", functools.cache(botocore.loaders.create_loader))
        yield
