"""Functions of the plane's own tests: they run as processes under the Runtime API, as the product's do."""

import json
import os
import time
import urllib.request

import boto3


def echo(event, context):
    return {"event": event, "name": context.function_name, "left_ms": context.get_remaining_time_in_millis()}


def environment(event, context):
    return {name: os.environ.get(name, "") for name in event["names"]}


def raising(event, context):
    raise ValueError("as asked")


def exiting(event, context):
    os._exit(7)


def sleeping(event, context):
    time.sleep(event["seconds"])


def metric(event, context):
    print(json.dumps({
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [
            {"Namespace": "Tiny", "Dimensions": [["service"]], "Metrics": [{"Name": "Passes", "Unit": "Count"}]},
        ]},
        "service": "tiny", "Passes": 3, "case_id": "1",
    }))  # fmt: skip


def calling(event, context):
    """Does what the event says: [[service, operation, parameters], …]; the answers, or the error's code."""
    answers = []
    for service, operation, parameters in event["calls"]:
        client = boto3.client(service)
        try:
            answer = getattr(client, operation)(**parameters)
        except client.exceptions.ClientError as error:
            answers.append(error.response["Error"]["Code"])
        else:
            answer.pop("ResponseMetadata", None)
            if "Body" in answer:
                answer = {"Body": answer["Body"].read().decode()}
            answers.append(json.loads(json.dumps(answer, default=str)))
    return answers


def consuming(event, context):
    """Notes each message in the table; a body with `fail` fails its message, `raise` the batch, `die` the process."""
    table = boto3.client("dynamodb")
    failed = []
    for record in event["Records"]:
        body = json.loads(record["body"])
        wish = body.get("detail", body).get("wish", "")
        table.update_item(
            TableName=os.environ["TABLE_NAME"],
            Key={"PK": {"S": record["messageId"]}, "SK": {"S": "seen"}},
            UpdateExpression="ADD times :one SET body = :body",
            ExpressionAttributeValues={":one": {"N": "1"}, ":body": {"S": json.dumps(record)}},
        )
        if wish == "raise":
            raise RuntimeError("as asked")
        if wish == "fail":
            failed.append({"itemIdentifier": record["messageId"]})
        if wish == "die":
            os._exit(1)
    return {"batchItemFailures": failed}


def authorizing(event, context):
    token = event["headers"].get("Authorization", "").removeprefix("Bearer ")
    if token == "unauthorized":
        raise RuntimeError("Unauthorized")
    if token == "broken":
        return {"nonsense": True}
    effect = "Allow" if token.startswith("good") else "Deny"
    print("ASKED", token)
    return {
        "principalId": "servicenow",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}],
        },
        "context": {"who": token, "fine": True},
    }


def receiving(event, context):
    body = json.loads(event["body"])
    if body["event_type"] == "IncidentDeleted":
        raise RuntimeError("as asked")
    answer = {"accepted": True, "who": event["requestContext"]["authorizer"]["who"], "event": event}
    return {"statusCode": 202, "headers": {"X-Own": "yes"}, "body": json.dumps(answer)}


def custom(event, context):
    wish = event["ResourceProperties"].get("Wish", "")
    if wish == "die":
        os._exit(1)
    answer = {
        "Status": "FAILED" if wish == "fail" else "SUCCESS",
        "Reason": "the role business_rule_admin is missing",
        "PhysicalResourceId": event.get("PhysicalResourceId", "tiny-1"),
        "StackId": event["StackId"], "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": {"Said": event["RequestType"], "Flag": event["ResourceProperties"].get("Flag", "")},
    }  # fmt: skip
    print("CUSTOM", event["RequestType"])
    request = urllib.request.Request(event["ResponseURL"], json.dumps(answer).encode(), method="PUT")
    urllib.request.urlopen(request, timeout=10).close()


def rotating(event, context):
    """The four steps as the Secrets Manager guide has them."""
    client, secret, token = boto3.client("secretsmanager"), event["SecretId"], event["ClientRequestToken"]
    described = client.describe_secret(SecretId=secret)
    assert described["RotationEnabled"]
    versions = described["VersionIdsToStages"]
    assert "AWSPENDING" in versions[token] or "AWSCURRENT" in versions[token]
    if event["Step"] == "createSecret":
        client.put_secret_value(
            SecretId=secret, ClientRequestToken=token, SecretString=json.dumps({"token": f"new-{token}"}),
            VersionStages=["AWSPENDING"],
        )  # fmt: skip
    if event["Step"] == "testSecret":
        client.get_secret_value(SecretId=secret, VersionId=token, VersionStage="AWSPENDING")
    if event["Step"] == "finishSecret":
        current = next(v for v, stages in versions.items() if "AWSCURRENT" in stages)
        client.update_secret_version_stage(
            SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
        )
