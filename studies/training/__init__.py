"""Trains one run, and knows no storage, folder or other run: what a worker process, or the node of a cluster, performs.

run_task   from a run, its checkpoint and the curves that it is pruned by, to events and rows
train_run  from a run to its rows
"""
