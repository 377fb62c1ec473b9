"""What a study is. Nothing here trains or stores.

study          a study: question, base, arms, factors, seeds, profiles; checked when it is created
checks         what a study has to fulfil beyond its arms and factors: labels, decision, tuning
selection      the arms that a command runs: all or some of a study's, and arms of its own
study_file     runs the file of a study; mistakes in it become one line
field_types    the types of a study's fields, checked against their annotations
comparisons    what a study compares beyond each arm against the baseline
setup          everything that determines a training except its seed and device
tuning         which settings are searched, within which ranges, by which sampler and pruner
"""
