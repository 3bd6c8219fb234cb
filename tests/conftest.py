"""What holds for every test."""

import functools

import botocore.loaders
import pytest


@pytest.fixture(scope="session", autouse=True)
def _models_read_once():
    """Each session of botocore reads the same models anew, 40 % of the processor time of the tests of commands.

    A client of S3 changes its model (the bucket leaves the paths), so that one is not shared.
    """
    loader = botocore.loaders.JSONFileLoader
    read = loader._load_file
    once = functools.cache(functools.partial(read, loader()))

    def load(self, path, opener):
        return read(self, path, opener) if "/s3/" in path else once(path, opener)

    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(loader, "_load_file", load)
        yield
