"""How changes are operated: the commands a pipeline calls, and what an account runs for them."""
