"""A tool is fetched once, skipped only where no index answers, and never a part of our own environment."""

import pytest

from tests import environments
from tests.environments import Unreachable, inside

NOT_CACHED = "hint: Packages were unavailable because the network was disabled."
SAID = {
    "nobody listens": (
        "error: Request failed after 3 retries\n  cause: error sending request for url (http://127.0.0.1:9/simple/x/)",
        Unreachable,
    ),
    "the index is down": ("cause: HTTP status server error (503 Service Unavailable) for url (…)", Unreachable),
    "no such release": ("cause: Because there is no version of tool==99 and you require tool==99", RuntimeError),
    "not to be built": ("error: Failed to build `tool==1`", RuntimeError),
}


@pytest.fixture
def asked(monkeypatch):
    """What uv was asked; `asked.said` answers by turn, None for yes."""

    class Asked(list):
        said = ()

        def refusal(self, command):
            self.append(command)
            return self.said[len(self) - 1]

    asked = Asked()
    monkeypatch.setattr(environments, "_refusal", asked.refusal)
    return asked


def test_what_was_fetched_before_asks_no_index(asked):
    asked.said = (None,)
    words = inside("tool==1", "--constraints", "a.lock")
    assert words[3:] == ["--offline", "--constraints", "a.lock", "--from", "tool==1"]
    assert len(asked) == 1


def test_what_was_never_fetched_is_asked_of_the_index(asked):
    asked.said = (NOT_CACHED, None)
    assert "--offline" not in inside("tool==1")


@pytest.mark.parametrize(("said", "kind"), SAID.values(), ids=SAID)
def test_only_a_missing_network_is_no_failure(asked, said, kind):
    """Whoever asked skips at Unreachable; a pin that does not exist must not pass for a missing network."""
    asked.said = (NOT_CACHED, said)
    with pytest.raises(RuntimeError, match="tool==1 cannot be had") as raised:
        inside("tool==1")
    assert type(raised.value) is kind
