"""A young account runs ten functions at once: what comes above that is throttled, and none of it is lost."""

import json
from contextlib import ExitStack

import pytest
from botocore.exceptions import ClientError

from tests.e2e.plane.test_plane_queues import QUEUE, put, seen
from tests.e2e.plane.test_plane_webhook import post


@pytest.fixture
def full(plane):
    """An account of ten in which ten others run; called, it lets them end."""
    account, places = plane.functions.concurrency, ExitStack()
    account.limit = 10
    for number in range(10):
        places.enter_context(account.taken(f"other-{number}"))
    yield places.close
    places.close()
    account.limit = 1000


def test_who_waits_for_an_answer_is_told_to_come_again(plane, full):
    client = plane.boto3_client("lambda")
    with pytest.raises(ClientError) as throttled:
        client.invoke(FunctionName="tiny-echo", Payload=b"{}")
    told = throttled.value.response
    assert told["Error"]["Code"] == "TooManyRequestsException"
    assert (told["Reason"], told["ResponseMetadata"]["HTTPStatusCode"]) == ("ConcurrentInvocationLimitExceeded", 429)
    full()
    assert client.invoke(FunctionName="tiny-echo", Payload=b"{}")["StatusCode"] == 200


def test_an_event_nobody_waits_for_runs_once_there_is_room(plane, full, until):
    echo = plane.functions["tiny-echo"]
    before, client = echo.invocations, plane.boto3_client("lambda")
    assert client.invoke(FunctionName="tiny-echo", InvocationType="Event", Payload=b"{}")["StatusCode"] == 202
    until(lambda: echo.throttles)
    assert echo.invocations == before
    full()
    until(lambda: echo.invocations == before + 1)


def test_messages_wait_in_their_queue_and_are_each_seen_once(plane, full, until):
    """The mapping backs off: batches wait with their visibility, and fewer of them are begun."""
    poller = plane.poller(QUEUE)
    before = poller.function.throttles
    for number in range(12):
        put(plane, case="throttled", n=number)
    until(lambda: poller.function.throttles > before)
    assert plane.queues[QUEUE].total == 12
    full()
    until(plane.quiet, seconds=30)
    assert [seen(plane, case="throttled", n=number)[0][0] for number in range(12)] == [1] * 12
    assert plane.queues["tiny-dead"].total == 0


def test_a_webhook_without_an_authorizer_to_ask_answers_500(plane, full):
    """Whoever called comes again; what the authorizer said before would have been kept."""
    token = "Bearer good-of-a-full-account"
    assert post(plane, token=token).status_code == 500
    full()
    assert json.loads(post(plane, token=token).text)["who"] == token.removeprefix("Bearer ")
