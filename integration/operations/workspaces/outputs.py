"""Outputs of the stack, by name: what the command line reads of it, without the CDK."""

from __future__ import annotations

OUTPUT_URL, OUTPUT_KEY, OUTPUT_ARCHIVE = "SpaCreatorUrl", "SpaCreatorKeyId", "SpaArchiveBucket"
