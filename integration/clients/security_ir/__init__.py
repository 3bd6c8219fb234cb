"""A client for AWS Security Incident Response. It imports nothing of this project.

`connect` → `SecurityIr`; failures in `errors`, canonical values in `shape`.
"""
