"""A young account runs ten functions at once: what comes above that is throttled, and none of it is lost."""

import json
from contextlib import ExitStack, contextmanager

import pytest
from botocore.exceptions import ClientError

from integration.aws_plane.concurrency import Throttled
from integration.operations.waiting import until
from tests.e2e.plane.test_plane_queues import QUEUE, put, seen
from tests.e2e.plane.test_plane_webhook import post


@contextmanager
def filled(plane):
    """An account of ten in which ten others run, once what runs has ended; what it gives lets them end."""
    account = plane.functions.concurrency
    account.limit = 10
    try:
        with ExitStack() as places:
            for number in range(10):
                until(lambda name=f"other-{number}": took(places, account, name), what="room for one more")
            yield places.close
    finally:
        account.limit = 1000


def took(places, account, name):
    try:
        places.enter_context(account.taken(name))
    except Throttled:
        return False
    return True


@pytest.fixture
def full(plane):
    with filled(plane) as ends:
        yield ends


def test_who_waits_for_an_answer_is_told_to_come_again(plane, full):
    client = plane.boto3_client("lambda")
    with pytest.raises(ClientError) as throttled:
        client.invoke(FunctionName="tiny-echo", Payload=b"{}")
    told = throttled.value.response
    assert told["Error"]["Code"] == "TooManyRequestsException"
    assert (told["Reason"], told["ResponseMetadata"]["HTTPStatusCode"]) == ("ConcurrentInvocationLimitExceeded", 429)
    full()
    assert client.invoke(FunctionName="tiny-echo", Payload=b"{}")["StatusCode"] == 200


def test_an_event_nobody_waits_for_runs_once_there_is_room(plane, full):
    echo = plane.functions["tiny-echo"]
    before, client = echo.invocations, plane.boto3_client("lambda")
    assert client.invoke(FunctionName="tiny-echo", InvocationType="Event", Payload=b"{}")["StatusCode"] == 202
    until(lambda: echo.throttles)
    assert echo.invocations == before
    full()
    until(lambda: echo.invocations == before + 1)


def test_messages_wait_in_their_queue_and_are_each_seen_once(plane, full):
    """The mapping backs off: batches wait with their visibility, and fewer of them are begun."""
    poller = plane.poller(QUEUE)
    before = poller.function.throttles
    for number in range(12):
        put(plane, case="throttled", n=number)
    until(lambda: poller.function.throttles > before)
    assert plane.queues[QUEUE].total == 12
    full()
    until(plane.quiet)
    assert [seen(plane, case="throttled", n=number)[0][0] for number in range(12)] == [1] * 12
    assert plane.queues["tiny-dead"].total == 0


def test_a_webhook_without_an_authorizer_to_ask_answers_500(plane, full):
    """Whoever called comes again; what the authorizer said before would have been kept."""
    token = "Bearer good-of-a-full-account"
    assert post(plane, token=token).status_code == 500
    full()
    assert json.loads(post(plane, token=token).text)["who"] == token.removeprefix("Bearer ")


def test_a_webhook_whose_function_finds_no_room_answers_500(plane):
    """As the Lambda developer guide has it where Lambda rejects an invocation; 502 is a function's own failure."""
    token = "Bearer good-until-full"
    assert post(plane, token=token).status_code == 202
    with filled(plane):
        refused = post(plane, token=token)
    assert (refused.status_code, refused.json()) == (500, {"message": "Internal server error"})
    assert post(plane, token=token).status_code == 202
