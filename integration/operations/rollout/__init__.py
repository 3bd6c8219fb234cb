"""The steps of `service-now`, a file each: what was asked, secrets, assembly, difference, the CDK CLI."""
