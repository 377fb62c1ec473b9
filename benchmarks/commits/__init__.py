"""Two commits of the project timed against each other: `retrograde bench --commits A B`.

checkout   the code of a commit, in a temporary folder
worker     a pytest session in such a folder, which times what it is asked to
side       a worker's process, seen from the command
rounds     the rounds of a comparison: three processes that are timed in turn
measure    a comparison from the first round to the tables
"""
