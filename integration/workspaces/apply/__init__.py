"""The steps of a pass: making, ending, telling. Each changes the attempt's `row` and `found`, and may be done again."""
