"""What a report says of a study.

answer         the verdict, a table of the comparisons, and the points below it
comparisons    the section on the comparisons, with forest plots
section        the section on the arms: accuracy, steps to 99%, cost, unfinished runs
figures        the figures of that section
attention      tables of attention weights, and the section on chosen examples
extra_metrics  metrics that only this study measures
published      published values of the metrics beside the measured ones
tuning         the section on the tuning
"""
