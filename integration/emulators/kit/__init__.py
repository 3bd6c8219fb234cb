"""What every emulator stands on: a service with clock, calls, faults and switches, over HTTP, with its admin routes."""
