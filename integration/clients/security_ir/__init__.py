"""A client for AWS Security Incident Response. It imports nothing of this project.

`connect` → `SecurityIr`; canonical values in `formats`.
"""
