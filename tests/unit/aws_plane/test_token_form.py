"""A header that does not match the authorizer's expression is refused before any function is asked."""

import pytest

from integration.aws_plane.api import Api, Authorizer, Method, Stage
from integration.aws_plane.authority import Place
from integration.aws_plane.http_server import Request
from integration.aws_plane.webhook import Front


class Asked(Exception):
    """A function was."""


class Functions:
    def __getitem__(self, _name):
        raise Asked


def front():
    from integration.operations.connection.webhook import TOKEN_FORM  # the CDK, which no other worker needs

    method = Method("POST", "CUSTOM", {"Type": "AWS_PROXY"}, authorizer="auth")
    api = Api("abc", "api", "root", parents={"w": ("root", "webhook")}, methods={("w", "POST"): method})
    api.authorizers["auth"] = Authorizer("auth", "TOKEN", "authorizer", ("authorization",), 60, TOKEN_FORM)
    api.stages["prod"] = Stage("prod")
    return Front({"abc": api}, Functions(), Place("111122223333", "us-east-1"))


def posted(token):
    return Request(method="POST", target="/prod/webhook", headers={"authorization": token}, body=b"{}")


@pytest.mark.parametrize("token", ["Bearer guess", "Basic " + "x" * 48, "x"])
def test_garbage_is_401_without_a_function(token):
    assert front().answer(posted(token)).status == 401


def test_what_may_be_a_token_is_asked_about():
    with pytest.raises(Asked):
        front().answer(posted("Bearer " + "x" * 48))
