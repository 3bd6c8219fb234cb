"""What the product costs in calls, time, memory and money, measured on the local system: `python -m bench`."""
