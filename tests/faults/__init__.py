"""The fault matrix: one test for each numbered line of matrix.py, with real faults on the real pipeline.

`make faults` runs them all and prints its table (docs/nothing-lost.md); `make test` runs the ones marked `sample`.
"""
