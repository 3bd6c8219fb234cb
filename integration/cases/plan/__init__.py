"""What one pass does, decided before it is done. Pure: no I/O, no clock but the argument."""
