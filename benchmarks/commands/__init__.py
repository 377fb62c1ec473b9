"""What the commands of the benchmarks do.

cli         the command lines
commits     `bench --commits`
session     `bench` and `peers`: a session of pytest in any folder
"""
