"""What operates the toy."""
