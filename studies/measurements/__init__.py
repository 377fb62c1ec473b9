"""Measurements of the engine itself, each a command with rows and a report.

overhead  `overhead`: how much time the engine adds to the bare training
scaling   `scaling-runs`: how the time of a study grows with its runs, and that of a report with its rows
"""
