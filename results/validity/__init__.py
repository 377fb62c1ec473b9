"""The error rates of the rule for verdicts, measured on simulated studies whose truth is known.

scenarios  the simulated studies
simulate   draws and judges them; writes validity.csv
"""
