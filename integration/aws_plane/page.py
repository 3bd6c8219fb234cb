"""The text of docs/emulators/aws.md, from the resource types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integration.aws_plane.deployment import KINDS, NOT_MADE
from integration.aws_plane.gateway import MOTO
from integration.aws_plane.resources.kinds import TAGS
from integration.aws_plane.resources.messaging import MATCHERS

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTRODUCTION = """\
# The AWS plane

AWS on one machine, built from the synthesised templates: what is deployed is what runs, nothing is wired a second time.
This page is written by `make docs`; a test keeps it equal to the code.

Resources are made in moto through the ordinary APIs, or are the plane's own: functions and their event source mappings,
schedules, the REST API, roles, custom resources, rotation.
A resource type, a property, an operator of an event pattern or of a policy that the plane does not know is an error
that names it and its place. What it knows and leaves out stands below, with the reason.

## How close it is

{likeness}

moto answers for: {moto}. Security Incident Response is emulated beside it
(security_ir.md), and CodePipeline and Step Functions where a local system starts [pipelines](pipelines.md).
Any other service is refused.
Operators of event patterns: {matchers}.

The public `aws` command line takes the plane for an account; its first version needs `aws --endpoint-url`: it sends
SQS elsewhere with `AWS_ENDPOINT_URL` alone. `make aws-cli` runs what somebody would type, each line with its answer.
What functions wrote is found by `logs filter-log-events` and `logs tail`, with patterns of terms or of equal members.

What tests and the console may break: latency of every call, an error, a connection reset or the death of the calling
function before or after any call's effect; paused queues; scaled or stopped schedules.
`plane.buckets.taken = {{"sandbox-*"}}` are names that another account has (`BucketAlreadyExists`),
`plane.buckets.limit = 3` is an account that is full (`TooManyBuckets`); `SlowDown` and the like are faults
(`Fault("s3:CreateBucket", …)`).
One clock can be set forward for schedules, queues, functions, signatures, sessions and both emulators
(`running.forward(seconds)`), so hours pass in a test without waiting. Time limits of calls and functions stay the
machine's.

`plane.world.organisation.demand_tags("cost-centre")` is an organisation's guardrail: making a resource without this tag
is denied by a service control policy, whoever makes it. SimulatePrincipalPolicy knows nothing of it.
`plane.cloudformation.bootstrap([policy, …])` gives CloudFormation's role these rights instead of an administrator's:
each resource is then made, changed and deleted only where the role may do what the type's published handlers ask, on
the resources they ask it for. A handler is judged before it begins, and a rollback is not judged.
`plane.functions.concurrency.limit = 10` is a young account: an invocation above that is throttled, and nothing may be
reserved.

## Properties that are left out

"""

_LIKENESS = (
    (
        "calls",
        (
            "one endpoint, for programs and not for web pages; signatures are checked, in header or presigned address; "
            "errors in each service's own shape; AssumeRole of a template's role gives a session with its token and end"
        ),
        "a signature in a header is good at any time; the operator needs no session token",
    ),
    (
        "permissions",
        (
            "every call of a function is judged by its role and the resource's policy: action, resource, "
            "conditions, explicit denials, permissions boundary, session policy, KMS behind tables, queues, "
            "parameters, objects and secrets in the caller's name"
        ),
        (
            "inline session policies only; of an organisation's, mandatory tags alone (below); all calls count as sent "
            "over TLS; the operator is judged by no policy, "
            "though a queue's or bus's denial would stop an administrator"
        ),
    ),
    (
        "functions",
        (
            "a process per environment under awslambdaric, forked from one that has imported what their modules import "
            "and is left when a file of it changes (off Linux started cold, under a loop of our own over the same "
            "Runtime API): environment, credentials, time limit, crash, concurrency, throttling, log, metrics"
        ),
        (
            "this machine's Python and processor; memory is measured and reported, not cut off; at most ten "
            "environments of a function unless the template reserves some; a failed asynchronous event is "
            "tried again after one and two minutes and then dropped"
        ),
    ),
    (
        "queues",
        "visibility, redrive, partial batch failures, bounded concurrency, backing off where throttled",
        "no batching window; a poller looks when something was sent, and twice a second",
    ),
    (
        "buses",
        (
            "rules with moto's matcher, on the default and on custom buses; whether AWS would deliver is "
            "checked against the target's policy when the deployment is done"
        ),
        "targets are queues and log groups; delivery never fails",
    ),
    (
        "schedules",
        "`rate(…)` fires at once and then at its rate, with the schedule's role",
        "no `cron`; time can be scaled",
    ),
    (
        "REST API",
        (
            "resource policy by path and source address, authorizer with cache and its policy, API keys, usage plans "
            "(403 `Forbidden`, 429 `Too Many Requests`, 429 `Limit Exceeded`), throttle of a stage and of single "
            "methods, path parameters (as sent, not decoded), request validation, proxy and mock integration, binary "
            "media types, gateway responses; a page that the API serves may call it"
        ),
        (
            "one address, no TLS, no pages of other origins; the second API stands under `/{api id}`; no deployment "
            "snapshots; a stage's throttle for all methods is one bucket; limits of a plan hold exactly"
        ),
    ),
    (
        "custom resources",
        "event, answer, FAILED fails the deployment and undoes it",
        "a function that dies without an answer fails at once instead of after an hour",
    ),
    (
        "rotation",
        "the four steps, version labels, `RotateSecret`, its period",
        "",
    ),
    (
        "S3",
        (
            "a door for pages of other origins, which lets in what is signed and nothing else: addresses (signature, "
            "time, signed headers with length and type, session token), forms (policy, expiration, every field, exact, "
            "`starts-with`, `content-length-range`, what follows the file), preflights by the bucket's CORS rules; "
            "session policy, bucket policy with `s3:signatureAge`, `s3:authType`; Signature Version 2 is refused; "
            "rights by S3's own names; names of buckets, tags at creation, the account's own namespace, encryption and "
            "public access block from the start; public policies under a block, more than 1,000 keys, keys with NUL "
            "or over 1,024 bytes are refused"
        ),
        (
            "path style alone, as SDKs sign for 127.0.0.1; a page's calls signed in a header stay outside; "
            "a policy counts at once; lifecycle rules are kept and do nothing; no ACLs, no website"
        ),
    ),
    (
        "DynamoDB",
        "conditions, transactions, indexes; one call at a time, so conditions hold",
        "time to live removes what is over when the clock is set forward, else nothing; no throttling",
    ),
    (
        "CloudFormation",
        "change sets, events, rollback, exports, `Retain`; the CDK CLI deploys to it",
        "no drift, no stack policies, no nested stacks; roles of the bootstrap are the operator",
    ),
    (
        "metrics",
        "embedded metrics by GetMetricData, percentiles among its statistics, and ListMetrics",
        "none of AWS's own, such as Errors of a function; no expressions; a percentile is not interpolated",
    ),
    ("alarms, dashboards", "made", "never evaluated"),
)
"""Part, what is as on AWS, what is different here."""


def page() -> str:
    likeness = [
        "| part | as on AWS | different here |",
        "|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in _LIKENESS),
    ]
    words = {
        "likeness": "\n".join(likeness),
        "moto": ", ".join(sorted(MOTO)),
        "matchers": ", ".join(f"`{name}`" for name in sorted(MATCHERS)),
    }
    return _INTRODUCTION.format(**words) + "\n".join(_table()) + "\n"


def _table() -> Iterator[str]:
    yield "| type | property | reason |"
    yield "|---|---|---|"
    for name, reason in sorted(NOT_MADE.items()):
        yield f"| {name} | all | {reason} |"
    yield f"| most | Tags | {TAGS['Tags']} |"
    for name, kind in sorted(KINDS.items()):
        for left_out, reason in sorted(kind.ignored.items()):
            if reason and left_out != "Tags":
                yield f"| {name} | {left_out} | {reason} |"
