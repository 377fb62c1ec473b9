"""What the rows mean: from tables to metrics, comparisons and summaries. No text of a report but phrases of verdicts.

factor_levels   the combinations of a study's levels, and their labels
run_metrics     the metrics of each run by arm and seed, and the extra metrics of a study
arm_summary     one summary per arm: mean accuracies, runs at 99%, cost
comparisons     the comparisons that a study declares, tested as one family
seed_curves     a metric along an axis: every run, and means over seeds
own_data        what a study of the user's own pairs says of its data
attention_maps  attention weights as matrices, and the alignment that the task expects
tuning          the trials of a tuning, and what each arm chose
timing_suites   the suites of the benchmarks: names, questions, cases, slopes
ratio_counts    how many ratios of times are faster or slower, and whether that is a yes or a no
commits         the times of two commits as ratios
peers           speed relative to other libraries, and whether aims are reached
overhead        what the engine of studies costs
self_check      whether times can be trusted: load of the machine, intervals where the true ratio is known
formatting      numbers, intervals, verdicts and lists as text
"""
