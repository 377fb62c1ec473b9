"""How the time of a training step grows with length, batch and hidden size: `retrograde scaling-steps`.

lines    what is timed: cells and scores, and the sizes of each profile
measure  the rounds, and the rows of scaling.csv
"""
