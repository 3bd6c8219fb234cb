"""CodePipeline: approvals and how a pipeline stands, which moto does not have. JSON 1.1; the plane checks signatures.

Source: botocore's model of 2015-07-09.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .exchange import Answer, Refused
from .service import Wait

if TYPE_CHECKING:
    from .exchange import Asked
    from .service import Service

TARGET = "CodePipeline_20150709."
SUMMARY_MOST = 512


def put_approval_result(service: Service, asked: Asked) -> Answer:
    """PutApprovalResult."""
    wanted, result = asked.body, asked.body.get("result") or {}
    place = f"{wanted.get('pipelineName')}/{wanted.get('stageName')}/{wanted.get('actionName')}"
    approval = service.approvals.get(place)
    if approval is None:
        raise Refused(400, "ActionNotFoundException")
    if result.get("status") not in ("Approved", "Rejected") or len(result.get("summary", "")) > SUMMARY_MOST:
        raise Refused(400, "ValidationException")
    if approval.token != wanted.get("token"):
        raise Refused(400, "InvalidApprovalTokenException")
    if approval.state != "waiting" or (approval.until or 0) <= service.clock():
        raise Refused(400, "ApprovalAlreadyCompletedException")
    service.answered(approval, result["status"], result)
    return Answer(200, {"approvedAt": service.clock()})


def state(service: Service, asked: Asked) -> Answer:
    """GetPipelineState, of approvals alone. The token is shown while one waits."""
    name, stages = asked.body.get("name"), dict[str, list[dict[str, Any]]]()
    for place, approval in service.approvals.items():
        pipeline, stage, action = place.split("/")
        if pipeline == name:
            stages.setdefault(stage, []).append({"actionName": action, "latestExecution": _execution(approval)})
    if not stages:
        raise Refused(400, "PipelineNotFoundException")
    told = [{"stageName": stage, "actionStates": actions} for stage, actions in stages.items()]
    return Answer(200, {"pipelineName": name, "pipelineVersion": 1, "stageStates": told})


def _execution(approval: Wait) -> dict[str, str]:
    if approval.state == "waiting":
        return {"status": "InProgress", "token": approval.token}
    status = "Succeeded" if approval.state == "Approved" else "Failed"
    return {"status": status, "summary": str(approval.answers[-1].get("summary", ""))}


def notification(service: Service, ask: dict[str, Any]) -> dict[str, Any]:
    """What an approval that begins to wait publishes. Source: user guide, "JSON data format for manual approval
    notifications in CodePipeline".
    """
    names = {f"{part}Name": ask.get(part, f"{part}-1") for part in ("pipeline", "stage", "action")}
    place, token = "/".join(names.values()), ask["token"]
    until = service.clock() + float(ask.get("lasts_s", 7 * 86_400))
    service.approvals[place] = Wait(path=place, token=token, until=until)
    expires = f"{datetime.fromtimestamp(until, UTC):%Y-%m-%dT%H:%MZ}"
    approval = {**names, "token": token, "expires": expires, "customData": ask.get("customData", "")}
    return {"region": "us-east-1", "consoleLink": "https://console.aws.amazon.com/codesuite", "approval": approval}
