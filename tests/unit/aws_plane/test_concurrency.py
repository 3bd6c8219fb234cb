"""The account's places, and a queue's mapping that finds none: pure, without a process."""

import pytest

from integration.aws_plane.concurrency import Concurrency, ReservesTooMuch, Throttled
from integration.aws_plane.environment import Outcome
from integration.aws_plane.event_sources import Poller, Source

RESERVED = [
    (1000, {}, 900, ""), (1000, {}, 901, "[100]"), (1000, {"a": 500}, 401, "[100]"), (1000, {"own": 900}, 900, ""),
    (10, {}, 1, "[10]"), (10, {}, 0, ""), (50, {}, 1, "[50]"), (1000, {"own": 900}, None, ""),
]  # fmt: skip


@pytest.mark.parametrize(("limit", "before", "wanted", "refused"), RESERVED)
def test_what_is_reserved_leaves_the_least_to_all_others(limit, before, wanted, refused):
    account = Concurrency(limit, before)
    if refused:
        with pytest.raises(ReservesTooMuch) as error:
            account.reserve("own", wanted)
        assert refused in str(error.value)
        assert account.reserved == before
    else:
        account.reserve("own", wanted)
        assert account.reserved.get("own") == wanted


def test_who_reserved_has_its_own_places_and_no_others():
    """Zero stops a function; what others reserved is nobody else's."""
    account = Concurrency(3, {"own": 1, "stopped": 0})
    with account.taken("own"), account.taken("a"), account.taken("b"):
        for name, reason in (("own", "ReservedFunction"), ("stopped", "ReservedFunction"), ("c", "")):
            with pytest.raises(Throttled) as error, account.taken(name):
                pass
            assert error.value.reason == f"{reason}ConcurrentInvocationLimitExceeded"
    with account.taken("own"), account.taken("c"):
        pass


class Full:
    """Throttled so many times, then answers."""

    name = "full"

    def __init__(self, times):
        self.times = times

    def invoke(self, _event):
        self.times -= 1
        if self.times >= 0:
            raise Throttled(self.name)
        return Outcome(b"null")


def poller(function, visibility_s):
    return Poller(Source("http://queue", "arn", concurrency=3, visibility_s=visibility_s), function, None, "us-east-1")


def test_a_throttled_batch_is_tried_again_with_fewer_beside_it():
    made = poller(Full(times=2), visibility_s=30)
    made._over.wait = lambda _pause_s: False
    assert made._outcome({}) is not None
    assert made._allowed == 2


def test_a_batch_is_given_back_before_its_visibility_ends():
    """It comes back by itself; whoever took longer would work on what somebody else has too."""
    made, pauses = poller(Full(times=99), visibility_s=4), []
    made._over.wait = pauses.append
    assert made._outcome({}) is None
    assert pauses == [0.5, 1.0, 2.0]
    assert made._allowed == 1


def test_a_mapping_that_ends_gives_its_batches_back():
    made = poller(Full(times=99), visibility_s=30)
    made._over.set()
    assert made._outcome({}) is None
