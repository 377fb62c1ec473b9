"""From a study to its runs, and from the outcome of tuning runs to the runs that follow.

run            a variant, a run and its id
run_rows       the rows that a finished run leaves, its status and its value as a trial
restored_rows  the rows of finished runs, from the tables of a folder whose storage is lost
plan           all runs of a study at a profile, and which of them can be planned now
trials         the tuning trials of a variant, and the best of them
sampler        the settings of the next trial, by Optuna's samplers; whether a trial needs its other seeds
trial_params   what Optuna's viewers show of a run, and filter by
pruner         whether a tuning run ends early, by Optuna's pruners
time_estimate  how long the runs of a plan take, from a few steps of each arm
"""
