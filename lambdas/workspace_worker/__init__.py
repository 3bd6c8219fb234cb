"""The function that carries orders and expiries out."""
