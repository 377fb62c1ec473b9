"""What the rows of a study mean.

factor_levels   the combinations of a study's levels, and their labels
budget          the steps of a full run, and the curves of runs that end early because they are solved
longer_sources  the exact match on sources longer than those of the training
length_checks   checks of by_length.csv against the lengths that the study tests
run_metrics     the metrics of each run by arm and seed, and the extra metrics of a study
arm_summary     one summary per arm: mean accuracies, runs at 99%, cost
comparisons     the comparisons that a study declares, tested as one family
verdicts        effects and verdicts as text, and the rule for a verdict
seed_curves     a metric along an axis: every run, and means over seeds
own_data        what a study of the user's own pairs says of its data
attention_maps  attention weights as matrices, and the alignment that the task expects
tuning          the trials of a tuning, and what each arm chose
"""
