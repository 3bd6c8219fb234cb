"""What deploys, operates and shows the integrations; nothing of it is in a bundle."""
