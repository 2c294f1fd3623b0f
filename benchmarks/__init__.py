"""Measurements of the program beside the raw driver: `python -m benchmarks` runs those that fit in ten minutes."""
