"""What every integration's passes stand on: which errors end one, what becomes of its message, how a batch is run."""
