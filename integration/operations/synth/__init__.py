"""Templates from the declarations. Importing aws_cdk starts Node, so one is found first."""

from integration.operations.stacks.node import make_findable

make_findable()
