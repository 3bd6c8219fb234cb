"""One deployment in one account: who signs in, what stands, its bundle, its queues, its key."""
