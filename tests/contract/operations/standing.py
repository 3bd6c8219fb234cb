"""A server that stays while each test has an instance of its own behind it.

To begin and end one takes longer than most of what is asked of it.
"""

from contextlib import contextmanager

from starlette.applications import Starlette

from integration.emulators import servicenow
from tests.contract.near import near


class Standing:
    """What it serves outside of `with standing.serving(app):` nobody has asked for."""

    def __init__(self):
        self._served, self._idle = servicenow.create_app(), Starlette()

    @property
    def state(self):
        return self._served.state

    async def __call__(self, scope, receive, send):
        await (self._idle if scope["type"] == "lifespan" else self._served)(scope, receive, send)

    @contextmanager
    def serving(self, app):
        former, self._served = self._served, app
        yield
        self._served = former
        app.state.service.close()


@contextmanager
def standing():
    """The server's URL, and what serves there, near to who asks."""
    served = Standing()
    with servicenow.serve(served) as url, near(url, served):
        yield url, served
