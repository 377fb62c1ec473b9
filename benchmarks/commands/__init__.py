"""What the commands of the benchmarks do.

cli         the command lines
session     `bench` and `peers`: a session of pytest in any folder
"""
