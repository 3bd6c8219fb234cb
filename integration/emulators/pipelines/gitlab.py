"""GitLab: the decision about a blocked deployment, and the job that somebody then plays.

Sources: GitLab docs, "Deployments API" (list, approve or reject), "Deployment approvals" ("you must run the job
manually"), "Jobs API" (play). A token that is none is 401.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .exchange import Answer, Refused

if TYPE_CHECKING:
    from .exchange import Asked
    from .service import Job, Service

COMMENT_MOST = 1000


def decide(service: Service, asked: Asked) -> Answer:
    """POST /api/v4/projects/{project}/deployments/{deployment}/approval."""
    _admit(service, asked)
    job = _one(service, asked, "deployment")
    status = asked.body.get("status")
    if status not in ("approved", "rejected"):
        raise Refused(400, "status does not have a valid value")
    if job.status != "blocked":
        raise Refused(service.switches.gitlab_done_status, "The deployment is not waiting for approvals")
    service.answered(job, "manual" if status == "approved" else "failed", asked.body)
    return Answer(201, {"status": status, "comment": asked.body.get("comment")})


def play(service: Service, asked: Asked) -> Answer:
    """POST /api/v4/projects/{project}/jobs/{job}/play."""
    _admit(service, asked)
    job = _one(service, asked, "job")
    if job.status != "manual":
        raise Refused(400, "400 Bad request - Unplayable Job")
    service.answered(job, "pending", {"played": True})
    return Answer(200, _shown(job))


def deployments(service: Service, asked: Asked) -> Answer:
    """GET /api/v4/projects/{project}/deployments, newest first, of one environment."""
    _admit(service, asked)
    wanted = asked.query.get("environment")
    found = [
        job
        for job in service.jobs.values()
        if job.project == asked.path["project"] and wanted in (None, job.environment)
    ]
    return Answer(200, [_deployment(job) for job in sorted(found, key=lambda each: -int(each.deployment))])


def _deployment(job: Job) -> dict[str, object]:
    """A job that was let go is `manual`, its deployment `created`, until somebody plays it."""
    status = {"blocked": "blocked", "manual": "created", "pending": "running"}.get(job.status, job.status)
    shown = {**_shown(job), "pipeline": {"id": int(job.pipeline)}}
    return {"id": int(job.deployment), "status": status, "environment": {"name": job.environment}, "deployable": shown}


def _admit(service: Service, asked: Asked) -> None:
    if asked.headers.get("private-token") != service.gitlab_token:
        raise Refused(401, "401 Unauthorized")


def _one(service: Service, asked: Asked, by: str) -> Job:
    project, wanted = asked.path["project"], asked.path[by]
    found = (each for each in service.jobs.values() if each.project == project and getattr(each, by) == wanted)
    job = next(found, None)
    if job is None:
        raise Refused(404, "404 Not found")
    return job


def _shown(job: Job) -> dict[str, object]:
    return {"id": int(job.job), "status": job.status, "deployment": {"id": int(job.deployment)}}
