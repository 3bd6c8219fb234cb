"""Imported, it has read what every deployment asks of moto: modules and models of services, and the regions.

A process that is forked from one that has imported it reads none of that anew.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any

from botocore import loaders, session
from moto.core import utils

SERVICES = (
    "cloudwatch", "dynamodb", "events", "iam", "kms", "logs", "s3", "secretsmanager", "sns", "sqs", "ssm", "sts",
)  # fmt: skip


def share_loaders() -> None:
    """Regions are asked of several sessions of botocore, and moto reads each model by a loader of its own: each would
    look through all folders of models, and parse the model of EC2 and the endpoints anew.
    """
    share: Any = functools.cache
    if session.create_loader is loaders.create_loader:  # else who has forked this process has done so
        session.create_loader = share(loaders.create_loader)
    utils.create_loader = share(utils.create_loader)


def read() -> None:
    for name in SERVICES:
        importlib.import_module(f"moto.{name}.urls")
        utils.get_service_model(name)
    asked = session.Session()
    for partition in asked.get_available_partitions():
        asked.get_available_regions("ec2", partition)


share_loaders()
read()
