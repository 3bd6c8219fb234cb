"""What holds for every test."""

import copy
import functools

import botocore.loaders
import botocore.session
import pytest


@pytest.fixture(scope="session", autouse=True)
def _models_read_once():
    """Each session of botocore would read the same models anew.

    Sessions share one loader, as the clients of one session do. moto keeps its own: it adds to the models it has read.
    A client of S3 changes its model (the bucket leaves the paths), so each gets a copy.
    """
    create = botocore.loaders.create_loader

    @functools.cache
    def shared(paths=None):
        loader = create(paths)
        read = loader.load_service_model

        def load_service_model(service_name, *words, **named):
            model = read(service_name, *words, **named)
            return copy.deepcopy(model) if service_name == "s3" else model

        loader.load_service_model = load_service_model
        return loader

    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(botocore.session, "create_loader", shared)
        yield
