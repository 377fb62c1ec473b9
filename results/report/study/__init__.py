"""What a report says of a study.

answer         the answer: a word, a few sentences, and the points below it
answer_table   the table of the answer: arms, or comparisons
decision       whether the comparisons mean yes or no
sentences      a comparison in a sentence
plateau        whether curves that do not reach 99% are flat or still rise
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
