"""Runs a plan on one machine or many, and resumes whatever is interrupted.

storage        the Optuna storage: a SQLite file or a PostgreSQL database
queue          the runs of a study as trials of the storage: waiting, claimed, finished
heartbeat      which running trials still have a live worker
retry          retries while a storage or a disk is unavailable
scheduler      the only place that enqueues runs
pool           the workers of one command: the loop that follows a plan, and its bar
local_pool     worker processes on this machine, where `--workers` acts
worker         the main function of a worker process
attempt        an attempt at a claimed run: what is reported, saved and stored of it
checkpoints    the checkpoint files of unfinished runs, and the kept models
run_trackers   the trackers of a run, such as TensorBoard
folder_content the study and the runs that an output folder holds
"""
