"""Experiments: a grid of params, run through DVC's queue, ranked with their noise."""
