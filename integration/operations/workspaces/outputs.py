"""Outputs of both stacks, by name: what the command line reads of them, without the CDK."""

from __future__ import annotations

OUTPUT_URL, OUTPUT_KEY, OUTPUT_ARCHIVE = "SpaCreatorUrl", "SpaCreatorKeyId", "SpaArchiveBucket"
