"""CDK. Importing aws_cdk starts Node, so whatever imports this package must find one first."""

from integration.operations.stacks.node import make_findable

make_findable()
