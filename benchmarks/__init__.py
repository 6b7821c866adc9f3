"""Printed figures; no test depends on one. Run on a quiet machine, from the root: `python -m benchmarks.NAME`."""
