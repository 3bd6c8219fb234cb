"""What deploys, operates and shows cases and incidents in step."""
