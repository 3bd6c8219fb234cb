"""Doing what a plan lists, so that a death at any call is repaired by the next pass."""
