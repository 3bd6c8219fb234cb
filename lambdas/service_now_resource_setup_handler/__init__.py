"""CloudFormation custom resource → rules, message and credential in the instance."""
