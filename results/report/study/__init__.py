"""What a report says of a study.

answer/        the answer: a word, a few sentences, its table and the points below it
comparisons    the section on the comparisons, with forest plots
section        the section on the arms: accuracy, steps to 99%, cost, unfinished runs
settings_table the table of the settings of arms, levels, model, task and training
figures        the figures of that section
attention      tables of attention weights, and the section on chosen examples
extra_metrics  the metrics of a recipe, which only some studies have
longer_sources the exact match beyond the lengths of the training
published      published values of the metrics beside the measured ones
tuning         the section on the tuning
"""
