"""The plane's servers: they answer until they are closed, and leave nothing behind."""

import threading

import pytest
import requests

from integration.aws_plane.http_server import Response, listening


def threads():
    return {thread.name for thread in threading.enumerate()} & {"tiny"}


def test_it_answers_until_it_is_closed():
    """Also one nobody ever asked ends, and closing twice is no error."""
    with listening(lambda request: Response(200, request.body), name="tiny") as asked:
        said = [requests.post(asked.url, data=word, timeout=5).text for word in ("a", "b")]
        assert (said, threads()) == (["a", "b"], {"tiny"})
    assert threads() == set()
    with pytest.raises(requests.ConnectionError):
        requests.get(asked.url, timeout=5)
    with listening(lambda _: Response(200), name="tiny"):
        pass
    assert threads() == set()
    asked.close()
