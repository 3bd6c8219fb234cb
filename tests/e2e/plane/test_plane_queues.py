"""Bus → rule → queue → function, as EventBridge, SQS and Lambda do it together."""

import json

QUEUE = "tiny-queue"


def put(plane, **detail):
    entry = {"Source": "tiny", "DetailType": "Said", "Detail": json.dumps(detail), "EventBusName": "tiny-bus"}
    answer = plane.boto3_client("events").put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0


def seen(plane, **detail):
    """What the function noted of the messages whose detail is this: [(times, record)]."""
    items = plane.boto3_client("dynamodb").scan(TableName="TinyTable")["Items"]
    found = [(int(i["times"]["N"]), json.loads(i["body"]["S"])) for i in items if "times" in i]
    return [(n, r) for n, r in found if json.loads(r["body"]).get("detail", {}) == detail]


def test_an_event_on_the_bus_reaches_the_function_once_with_its_account(plane, until):
    put(plane, case="1")
    ((times, record),) = until(lambda: seen(plane, case="1"))
    event = json.loads(record["body"])
    assert times == 1
    assert event["account"] == "123456789012"
    assert (event["source"], event["detail-type"]) == ("tiny", "Said")
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == "arn:aws:sqs:us-east-1:123456789012:tiny-queue"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    until(plane.quiet)


def test_an_event_that_no_rule_matches_goes_nowhere(plane):
    plane.boto3_client("events").put_events(
        Entries=[{"Source": "other", "DetailType": "x", "Detail": "{}", "EventBusName": "tiny-bus"}]
    )
    assert plane.queues[QUEUE].total == 0


def test_only_what_failed_stays_and_comes_back(plane, until):
    """Partial batch failures: the rest of the batch is deleted."""
    put(plane, case="2", wish="fail")
    put(plane, case="3")
    poller = plane.poller(QUEUE)
    until(lambda: seen(plane, case="3") and poller.unfinished and not poller.busy)
    assert plane.queues[QUEUE].in_flight == 1
    assert poller.redeliver() == 1
    until(lambda: seen(plane, case="2", wish="fail")[0][0] == 2)
    drain(plane, until)


def drain(plane, until):
    """Failing messages until they are in the dead-letter queue."""
    poller = plane.poller(QUEUE)

    def empty():
        poller.redeliver()
        return plane.queues[QUEUE].total == 0 and not poller.busy

    until(empty)
    poller.unfinished.clear()
    sqs = plane.boto3_client("sqs")
    url = sqs.get_queue_url(QueueName="tiny-dead")["QueueUrl"]
    for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_a_message_that_failed_three_times_is_put_aside(plane, until):
    """maxReceiveCount 3: received three times, then moved, untouched."""
    put(plane, case="4", wish="raise")
    poller = plane.poller(QUEUE)

    def moved():
        poller.redeliver()
        return plane.queues["tiny-dead"].visible == 1

    until(moved)
    assert seen(plane, case="4", wish="raise")[0][0] == 3
    drain(plane, until)


def test_a_process_that_dies_loses_no_message(plane, until):
    put(plane, case="5", wish="die")
    poller = plane.poller(QUEUE)
    until(lambda: seen(plane, case="5", wish="die") and poller.unfinished and not poller.busy)
    assert plane.queues[QUEUE].in_flight == 1
    drain(plane, until)


def test_a_paused_queue_keeps_its_messages_until_it_is_resumed(plane, until):
    poller = plane.poller(QUEUE)
    poller.paused = True
    put(plane, case="6")
    assert plane.queues[QUEUE].visible == 1
    poller.resume()
    until(lambda: seen(plane, case="6"))
    until(plane.quiet)


def test_two_batches_at_most_run_at_once(plane, until):
    """MaximumConcurrency 2."""
    poller = plane.poller(QUEUE)
    poller.paused = True
    for n in range(12):
        put(plane, case="many", n=n)
    most = 0
    poller.resume()

    def done():
        nonlocal most
        most = max(most, poller.busy)
        return plane.quiet()

    until(done)
    assert most <= 2
    assert all(seen(plane, case="many", n=n)[0][0] == 1 for n in range(12))
