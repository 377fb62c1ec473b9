"""Trains one run, in a worker process or on a node of a cluster. It uses no storage, no folder and no other run.

run_task   from a run, its checkpoint and the curves that it is pruned by, to events and rows
train_run  from a run to its rows
"""
